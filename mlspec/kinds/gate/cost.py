"""The gate on what sophistication costs: gain over the baseline for each millisecond, or each second of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind, Lines, Need
from mlspec.kinds.gate._limits import COSTS, given

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec  # judging, in every plan, must not import pydantic
    from mlspec.spec.model import ModelSpec

_FIGURES: Final = {
    "min_gain_per_ms": ("predict_ms", "baseline_predict_ms", "ms", 0.05),
    "min_gain_per_second": ("training_seconds", "baseline_training_seconds", "s", 0.5),
}
"""Limit → the model's figure and the baseline's, their unit, and what is too little to tell apart."""
_NOISE: Final = 0.05
"""The share of the baseline's figure that is too little as well."""


class Cost:
    """`{metric: accuracy, against: baseline, min_gain_per_ms: 0.01}`: (gain over the baseline) / (what it costs more).

    Milliseconds are those of predicting one row, seconds those of training. A model that costs no more than its
    baseline passes where it is no worse.
    """

    name = "cost"
    need: Need = "cost"
    passing = True

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        limits = given(spec, COSTS)
        if spec.against != "baseline" or spec.slice is not None or not limits:
            return None
        return Gate(self.name, spec.metric, limits, spec.against, line)

    def implied(self, spec: ModelSpec, line: Lines) -> tuple[Gate, ...]:
        """See GateKind."""
        del spec, line
        return ()

    def judge(self, gate: Gate, evidence: Evidence) -> Verdict:
        """See GateKind; where the training's time is not known (it was not run here), it passes and says so."""
        ((limit, least),) = gate.limits.items()
        ours, theirs, unit, noise = _FIGURES[limit]
        gain = gate.sign * (evidence.metrics[gate.metric] - float(evidence.findings["baseline"][gate.metric]))
        if ours not in evidence.measured:
            return Verdict(gate.words, passed=True, limit=least, note="NotMeasured")
        mine, simpler = evidence.measured[ours], evidence.measured[theirs]
        note = f"gain {gain:.4g}, {mine:.3g} {unit}, baseline {simpler:.3g} {unit}"
        if mine - simpler <= max(noise, _NOISE * simpler):
            return Verdict(gate.words, gain >= 0, gain, 0.0, f"{note}: it costs no more")
        value = gain / (mine - simpler)
        return Verdict(gate.words, value >= least, value, least, note)

    def recorded(self, gate: Gate, evidence: Evidence) -> bool:
        """See GateKind."""
        del gate, evidence
        return False


KIND: Final[GateKind] = Cost()
