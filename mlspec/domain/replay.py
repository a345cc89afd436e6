"""Replay: recorded requests, sent to a candidate before it takes the traffic, and what it has to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlspec.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class Replay:
    """What a candidate has to keep on at most `requests` recorded rows; fewer than `fewest` say nothing.

    `shift`: the greatest Jensen-Shannon distance between the distributions of answers, 0 to 1. `changed`: the greatest
    share of answers that are another one, None where nothing is asked; numbers within `tolerance` standard
    deviations of the old ones are the same. `errors`: the greatest share that may fail. `numbers`: whether answers are
    numbers; None where the spec does not tell. `lines`: by field.
    """

    requests: int
    fewest: int
    shift: float
    changed: float | None
    tolerance: float
    errors: float
    numbers: bool | None
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row that a caller sent at `time` (seconds since the epoch), and what the version that served answered."""

    row: Mapping[str, JSON]
    prediction: JSON
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a candidate answered to one row; `error` says why there is no prediction. Not each row is `sent`."""

    prediction: JSON = None
    error: str = ""
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions' answers to the same rows.

    `failed` of `asked` were not answered, `unsent` of them because no more were sent, `error` is the first reason;
    `changed` of those answered are other ones, `shift` is the Jensen-Shannon distance, `largest` the largest
    difference of numbers (None for classes).
    """

    asked: int
    failed: int
    error: str
    changed: int
    shift: float
    largest: float | None = None
    unsent: int = 0

    @property
    def answered(self) -> int:
        """How many rows both versions answered."""
        return self.asked - self.failed

    @property
    def words(self) -> str:
        """For people: `200 recorded requests: 3 answers changed (1.5%), shift 0.012`."""
        share = self.changed / self.answered if self.answered else 0.0
        parts = [f"{self.changed} answers changed ({share:.1%})", f"shift {self.shift:.3g}"]
        parts += [f"the largest by {self.largest:.3g}"] if self.largest is not None else []
        parts += [f"{self.failed} failed"] if self.failed else []
        return f"{self.asked} recorded requests: {', '.join(parts)}"
