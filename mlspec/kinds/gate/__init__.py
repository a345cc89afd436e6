"""Gates: each file is one kind. A gate reads a GateSpec that is its own and judges what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec

Lines = Callable[..., int]
"""`line("evaluation", "checks")`: the line of a field, or of the nearest that is written down."""

Need = Literal["", "other", "load", "cost", "parity", "staleness"]
"""What has to be measured when a candidate is judged, besides its evaluation: another version on the same test rows,
the server under load, what the baseline costs, the server's own answers, the registered versions."""


class GateKind(Protocol):
    """One kind of gate; pure."""

    name: str
    need: Need
    passing: bool
    """whether its figures are of the moment and the machine: they are told and logged, and never in a record"""

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """The gate, or None where the spec's gate is of another kind."""
        ...

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """Gates that other parts of the spec ask for; `line` gives the lines of fields."""
        ...

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """Judge a candidate. Where there is nothing to compare with, the gate passes and says so."""
        ...

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """Whether a record's metrics and findings are enough to judge again."""
        ...
