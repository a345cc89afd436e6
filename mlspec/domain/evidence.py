"""What gates judge by: a candidate's metrics, what else its evaluation found, and others on the same test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

REPLAYED: Final = "evaluation.staleness"
"""The subject that asks for registered versions on the new test data."""

Findings = Mapping[str, Any]
"""`slices`: column → value → {rows, metric…}; `bounds`: metric@confidence → {low, high}; `baseline`: the same of the
simpler model, with the bounds of the difference to it; `checks`: name → number; `staleness`: version → metrics."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`findings` are kept in the version's record, as are `metrics`; `others` and `measured` are of the moment.

    `others`: an environment or version → its own metrics and findings on the candidate's test rows; not there where
    it has no version. `measured`: figures of this machine (seconds, requests a second), by name.
    """

    metrics: Mapping[str, float]
    findings: Findings = field(default_factory=dict)
    others: Mapping[str, Findings] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)

    def other(self, name: str) -> Findings | None:
        """What a gate's `against` names, on the same test rows; None where there is no such version yet."""
        return self.findings.get("baseline") if name == "baseline" else self.others.get(name)


def bound_name(metric: str, confidence: float) -> str:
    """The name of a bootstrap's bounds: `accuracy@0.95`."""
    return f"{metric}@{confidence:g}"


def parted(document: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, Any]]:
    """A metrics.json: its numbers, and the sections that hold more."""
    numbers = {name: float(value) for name, value in document.items() if not isinstance(value, Mapping)}
    return numbers, {name: value for name, value in document.items() if isinstance(value, Mapping)}
