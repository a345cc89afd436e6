"""The gate against a simpler model: is sophistication worth having?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import COSTS, bounds, compared, given

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec


class Baseline:
    """`{metric: accuracy, against: baseline, min_gain: 0.01}`; the baseline was trained on the same rows."""

    name = "baseline"
    need: Need = ""
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against != "baseline" or spec.slice is not None or given(spec, COSTS):
            return None
        limits = given(spec, ("max_drop", "min_gain"))
        return Gate(self.name, spec.metric, limits, spec.against, line, confidence=spec.confidence or 0.0)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind."""
        return compared(gate, evidence.metrics[gate.metric], evidence.findings["baseline"])

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        known = evidence.findings.get("baseline", {})
        sure = not gate.confidence or bounds(gate, known) is not None
        return gate.metric in evidence.metrics and gate.metric in known and sure


KIND: Final[GateKind] = Baseline()
