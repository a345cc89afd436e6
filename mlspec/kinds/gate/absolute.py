"""The absolute gate: a metric within fixed limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mlspec.domain.desired import Gate
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind

if TYPE_CHECKING:
    from mlspec.spec.model import GateSpec  # judging, which every plan does, must not import pydantic


class Absolute:
    """`{metric: accuracy, min: 0.8}`, `{metric: model_size, max: 100MB}`."""

    name = "absolute"

    def read(self, spec: GateSpec, line: int) -> Gate | None:
        """See GateKind."""
        if spec.against is not None:
            return None
        limits = {name: float(value) for name, value in (("min", spec.min), ("max", spec.max)) if value is not None}
        return Gate(self.name, spec.metric, limits, "", line)

    def judge(self, gate: Gate, metrics: Mapping[str, float], baseline: Mapping[str, float] | None) -> Verdict:
        """See GateKind; the limit shown is the one that was broken, else the first."""
        del baseline
        value = metrics[gate.metric]
        broken = [limit for name, limit in gate.limits.items() if (value < limit if name == "min" else value > limit)]
        # NaN compares false with everything, so that it would pass every limit.
        passed = not broken and not math.isnan(value)
        limit = (broken or list(gate.limits.values()))[0]
        return Verdict(gate.words, passed, value, limit)


KIND: Final[GateKind] = Absolute()
