"""The absolute gate: a metric within fixed limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import under_load
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import bounds, given, within

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec


class Absolute:
    """`{metric: accuracy, min: 0.8}`, `{metric: model_size, max: 100MB}`, `{…, min: 0.8, confidence: 0.95}`."""

    name = "absolute"
    need: Need = ""
    passing = False

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against is not None or spec.slice is not None or under_load(spec.metric):
            return None
        return Gate(self.name, spec.metric, given(spec, ("min", "max")), "", line, confidence=spec.confidence or 0.0)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; with a confidence, `min` holds for the lower bound and `max` for the upper one."""
        value = evidence.metrics[gate.metric]
        found = bounds(gate, evidence.findings) if gate.confidence else None
        if found is None:
            return within(gate, value)
        low, high = found
        return within(gate, low if "min" in gate.limits else high, f"the bound of {value:.4g}")

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        known = not gate.confidence or bounds(gate, evidence.findings) is not None
        return gate.metric in evidence.metrics and known


KIND: Final[GateKind] = Absolute()
