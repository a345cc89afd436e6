"""Live traffic against the training profile: what is compared, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PREDICTION = "prediction"
"""The subject that stands for the model's answers."""


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """One comparison that the spec asks for.

    `features`: the columns, all where empty. `max`: the greatest value that is no drift. `window`: the newest rows
    that are compared, `min_rows` the fewest to say anything of. `significance`: how often a check may find drift where
    there is none, all its columns together.
    """

    features: tuple[str, ...]
    predictions: bool
    test: str
    max: float
    window: int
    min_rows: int
    significance: float
    line: int


class State(StrEnum):
    """What a comparison says."""

    DRIFT = "Drift"
    NONE = "None"
    TOO_FEW = "TooFew"
    NOT_COMPARED = "NotCompared"


@dataclass(frozen=True, slots=True)
class Finding:
    """One column (or `prediction`, or a metric) under one test: what was measured on `rows`, and the limit.

    `chance` is the p-value, adjusted for the number of columns that the check looks at; None where there is none.
    """

    subject: str
    test: str
    state: State
    value: float | None
    limit: float | None
    rows: int
    chance: float | None = None
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What one server's traffic says. `unknown` says why nothing can be said of it; `rows` are those it counted."""

    version: str
    rows: int = 0
    findings: tuple[Finding, ...] = ()
    performance: tuple[Finding, ...] = ()
    """metrics of late labels; Drift means beyond the limit"""
    unknown: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def drifted(self) -> tuple[str, ...]:
        """The subjects that drifted, each once, in the order of the findings."""
        return tuple(dict.fromkeys(item.subject for item in self.findings if item.state is State.DRIFT))

    @property
    def degraded(self) -> tuple[str, ...]:
        """The metrics that late labels show beyond their limits."""
        return tuple(dict.fromkeys(item.subject for item in self.performance if item.state is State.DRIFT))
