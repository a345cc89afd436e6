"""Gates on the real server under a short load: latency and throughput, within limits or against another version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import under_load
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import compared, given, nobody, within

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec


class Load:
    """`{metric: latency_p95, max: 50ms}`, `{metric: throughput, min: 200}`, `{…, against: production, max_drop: 5ms}`.

    The figures are as much the machine's as the model's: they are measured when a candidate is judged, told, logged,
    and no part of its record.
    """

    name = "load"
    need: Need = "load"
    passing = True

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if not under_load(spec.metric):
            return None
        limits = given(spec, ("max_drop", "min_gain") if spec.against else ("min", "max"))
        return Gate(self.name, spec.metric, limits, spec.against or "", line)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; another version is measured beside the candidate, on the same machine."""
        value = evidence.measured[gate.metric]
        if not gate.against:
            return within(gate, value)
        other = evidence.other(gate.against)
        return nobody(gate, value) if other is None else compared(gate, value, other)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        del gate, evidence
        return False


KIND: Final[GateKind] = Load()
