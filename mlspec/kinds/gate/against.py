"""The gate against what an environment runs: no worse than by so much, or better by so much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind

if TYPE_CHECKING:
    from mlspec.spec.model import GateSpec  # judging, which every plan does, must not import pydantic


class Against:
    """`{metric: roc_auc, against: production, max_drop: 0.005}`; drop and gain follow the metric's direction."""

    name = "against"

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against is None:
            return None
        given = (("max_drop", spec.max_drop), ("min_gain", spec.min_gain))
        limits = {name: float(value) for name, value in given if value is not None}
        return Gate(self.name, spec.metric, limits, spec.against, line)

    def judge(self, gate: Gate, metrics: Mapping[str, float], baseline: Mapping[str, float] | None) -> Verdict:
        """See GateKind; without a baseline the gate passes and says NoBaseline."""
        value = metrics[gate.metric]
        if baseline is None:
            return Verdict(gate.words, not math.isnan(value), value, note="NoBaseline")
        worst = max(_bounds(gate, baseline[gate.metric]))
        sign = 1.0 if METRICS[gate.metric].higher else -1.0
        # Equal up to rounding in the last place is equal: the same model scored twice must pass.
        passed = sign * value >= worst - 1e-12
        return Verdict(gate.words, passed, value, sign * worst, note=f"{gate.against} {baseline[gate.metric]:.4g}")


def _bounds(gate: Gate, baseline: float) -> list[float]:
    """The least that is enough, each as a value to be reached from below (signs turned for lower-is-better)."""
    sign = 1.0 if METRICS[gate.metric].higher else -1.0
    shifts = {"max_drop": -1.0, "min_gain": 1.0}
    return [sign * baseline + shifts[name] * limit for name, limit in gate.limits.items()]


KIND: Final[GateKind] = Against()
