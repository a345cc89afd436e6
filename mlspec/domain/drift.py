"""Live traffic against the training profile: what is compared, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlspec.domain.digest import JSON

PREDICTION: Final = "prediction"
"""The subject that stands for the model's answers."""

MONITORING: Final = "monitoring."
"""How the serving settings begin that are of monitoring."""

PROFILE: Final = "monitoring.profile"
"""The serving setting that says which profile a server counts by: the file's SHA-256."""

_OPTIONS: Final = {
    "monitoring.window": "--window",
    "monitoring.sample": "--sample",
    "monitoring.keep": "--keep",
    "monitoring.redact": "--redact",
    "monitoring.predictions": "--predictions",
}
"""Serving setting → the option of mlspec's server."""


def server_words(serve: Mapping[str, JSON]) -> Iterator[str]:
    """What mlspec's server is told of monitoring on its command line, of the settings that there are."""
    for name, option in _OPTIONS.items():
        value = serve.get(name)
        for item in value if isinstance(value, list | tuple) else () if value is None else (value,):
            yield f"{option}={item}"  # one word, as a column may be called --help


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """One comparison that the spec asks for.

    `features`: the columns, all where None. `max`: the greatest value that is no drift. `window`: the newest rows
    that are compared, `min_rows` the fewest to say anything of. `significance`: how often a check may find drift where
    there is none, all its columns together.
    """

    features: tuple[str, ...] | None
    predictions: bool
    test: str
    max: float
    window: int
    min_rows: int
    significance: float
    line: int


@dataclass(frozen=True, slots=True)
class MetricLimit:
    """What a metric of late labels has to reach."""

    metric: str
    min: float | None
    max: float | None
    line: int


@dataclass(frozen=True, slots=True)
class LateLabels:
    """Where true values come from: a CSV file with a column of ids and one of labels; `min_rows` to say anything."""

    path: str
    id: str
    label: str
    min_rows: int
    metrics: tuple[MetricLimit, ...]


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is watched of one model.

    `profile`: the digest of how finely the training data is summarised; another one asks for a new profile.
    `decisive`: whether what is found decides over trainings, so that a plan has to know it.
    """

    profile: str
    checks: tuple[DriftCheck, ...]
    decisive: bool
    line: int
    labels: LateLabels | None = None


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
    def word(self) -> str:
        """All of it in a word: `Unknown`, `Drift`, `None` or `TooFew`."""
        if self.unknown:
            return "Unknown"
        states = {item.state for item in (*self.findings, *self.performance)}
        return next((state for state in (State.DRIFT, State.NONE) if state in states), State.TOO_FEW).value

    @property
    def degraded(self) -> tuple[str, ...]:
        """The metrics that late labels show beyond their limits."""
        return tuple(dict.fromkeys(item.subject for item in self.performance if item.state is State.DRIFT))
