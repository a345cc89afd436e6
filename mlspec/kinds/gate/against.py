"""The gate against another version: what an environment should run, or one that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import under_load
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import compared, given, nobody

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec

_OTHERS: Final = frozenset({"baseline", "staleness"})


class Against:
    """`{metric: roc_auc, against: production, max_drop: 0.005}`; drop and gain follow the metric's direction."""

    name = "against"
    need: Need = "other"
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against is None or spec.against in _OTHERS or spec.slice is not None or under_load(spec.metric):
            return None
        limits = given(spec, ("max_drop", "min_gain"))
        return Gate(self.name, spec.metric, limits, spec.against, line, confidence=spec.confidence or 0.0)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; without a version to compare with, the gate passes and says NoBaseline."""
        value, other = evidence.metrics[gate.metric], evidence.other(gate.against)
        return nobody(gate, value) if other is None else compared(gate, value, other)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind; the other version was measured on rows that a record does not hold."""
        del gate, evidence
        return False


KIND: Final[GateKind] = Against()
