"""How long trainings will take, as far as former ones tell."""

from __future__ import annotations

from dataclasses import dataclass

from mlspec.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds of wall time of all stages of one training: the middle of so many former ones, and an interval.

    `low` and `high` are None where one training alone is known. `train` is the middle of the stage that trains.
    """

    seconds: float
    low: float | None
    high: float | None
    trainings: int
    train: float | None = None

    def to_json(self) -> dict[str, JSON]:
        """As an action's `forecast`."""
        return {"seconds": self.seconds, "low": self.low, "high": self.high, "trainings": self.trainings}


@dataclass(frozen=True, slots=True)
class Total:
    """Seconds of all trainings of a plan, so many at a time; `unknown` counts those that have no history yet."""

    seconds: float
    low: float
    high: float
    jobs: int
    unknown: int

    def to_json(self) -> dict[str, JSON]:
        """As a plan's `forecast`."""
        found: dict[str, JSON] = {"seconds": self.seconds, "low": self.low, "high": self.high}
        return found | {"jobs": self.jobs, "unknown": self.unknown}
