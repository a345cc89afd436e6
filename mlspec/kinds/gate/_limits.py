"""What kinds of gates share: limits as the spec writes them, and values held against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import bound_name
from mlspec.domain.record import Verdict

if TYPE_CHECKING:
    from mlspec.spec.evaluation import GateSpec

COSTS: Final = ("min_gain_per_ms", "min_gain_per_second")
"""Limits of the kind `cost`, which stand beside a baseline's."""
ROUNDING: Final = 1e-12
"""Equal up to rounding in the last place is equal: the same model scored twice must pass."""


def given(spec: GateSpec, names: Iterable[str]) -> dict[str, float]:
    """The limits among these fields that the spec has written down."""
    return {name: float(value) for name in names if (value := getattr(spec, name)) is not None}


def within(gate: Gate, value: float, note: str = "") -> Verdict:
    """A value within `min` and `max`; the limit shown is the one that was broken, else the first."""
    limits = gate.limits
    broken = [limit for name, limit in limits.items() if (value < limit if name == "min" else value > limit)]
    # NaN compares false with everything, so that it would pass every limit.
    passed = not broken and not math.isnan(value)
    return Verdict(gate.words, passed, value, (broken or list(limits.values()))[0], note)


def bounds(gate: Gate, findings: Mapping[str, Any]) -> tuple[float, float] | None:
    """The bootstrap's lower and upper bound that the gate asks for; None where they were not computed."""
    found = findings.get("bounds", {}).get(bound_name(gate.metric, gate.confidence))
    return None if found is None else (float(found["low"]), float(found["high"]))


def compared(gate: Gate, value: float, other: Mapping[str, Any]) -> Verdict:
    """A value against another model's: no worse than by `max_drop`, better by `min_gain`.

    With a confidence, the bound of the difference counts in place of the difference, and is told as a value.
    """
    theirs = float(other[gate.metric])
    worst = gate.sign * theirs + max(_shift(name) * limit for name, limit in gate.limits.items())
    note = f"{gate.against} {theirs:.4g}"
    if gate.confidence:
        low, high = bounds(gate, other) or (math.nan, math.nan)
        note += f", the bound of {value:.4g}"
        value = theirs + (low if gate.higher else high)
    passed = gate.sign * value >= worst - ROUNDING
    return Verdict(gate.words, passed, value, gate.sign * worst, note)


def _shift(name: str) -> float:
    return -1.0 if name == "max_drop" else 1.0


def nobody(gate: Gate, value: float) -> Verdict:
    """There is nothing to compare with yet: passes, and says so."""
    return Verdict(gate.words, not math.isnan(value), value, note="NoBaseline")
