"""Gates: each file is one kind. A gate reads a GateSpec that is its own and judges measured metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from mlspec.domain.desired import Gate
from mlspec.domain.record import Verdict

if TYPE_CHECKING:
    from mlspec.spec.model import GateSpec  # judging, which every plan does, must not import pydantic


class GateKind(Protocol):
    """One kind of gate; pure."""

    name: str

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """The gate, or None where the spec's gate is of another kind."""
        ...

    def judge(self, gate: Gate, metrics: Mapping[str, float], baseline: Mapping[str, float] | None) -> Verdict:
        """Judge a candidate's metrics; `baseline` are those of the version compared with, None without one."""
        ...
