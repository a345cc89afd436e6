"""Cron schedules: five fields in UTC, and when one was due last."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 7, _DAYS),
)
_LONGEST: Final = 366 * 8 + 3
"""Days between two 29ths of February, where a century has none in between"""


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule. Where both day and weekday are restricted, one of them is enough, as in every cron."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def latest(self, now: float) -> float:
        """When it was due last, at `now` or before; both in seconds since the epoch. 0 where it never was."""
        moment = datetime.fromtimestamp(now, UTC)
        for back in range(_LONGEST):
            day = (moment - timedelta(days=back)).replace(hour=23, minute=59, second=0, microsecond=0)
            found = self._on(min(day, moment.replace(second=0, microsecond=0))) if self._fits(day) else None
            if found is not None:
                return found.timestamp()
        return 0.0

    def _fits(self, day: datetime) -> bool:
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and ((in_month or in_week) if self.either else (in_month and in_week))

    def _on(self, until: datetime) -> datetime | None:
        """The last time of a day, up to a minute of it."""
        times = ((hour, minute) for hour in reversed(self.hours) for minute in reversed(self.minutes))
        found = next((time for time in times if time <= (until.hour, until.minute)), None)
        return until.replace(hour=found[0], minute=found[1]) if found else None


def parse_cron(text: str) -> Cron:
    """Read `23 3 * * mon-fri`; ValueError with what is wrong, also for a day that never comes."""
    words = text.lower().split()
    if len(words) != len(_FIELDS):
        raise ValueError(f"a schedule has five fields, not {len(words)}")
    minutes, hours, days, months, weekdays = (
        _numbers(word, *field) for word, field in zip(words, _FIELDS, strict=True)
    )
    either = not words[2].startswith("*") and not words[4].startswith("*")
    if not either and not any(min(days) <= monthrange(2024, month)[1] for month in months):
        raise ValueError(f"`{text}` is a day that never comes")
    return Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        either,
    )


def _numbers(word: str, name: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    """The values of one field: lists of numbers, ranges and steps."""
    found: set[int] = set()
    for part in word.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = ("", "", "") if span == "*" else span.partition("-")
        begin = low if span == "*" else _number(first, name, low, names)
        end = _number(last, name, low, names) if dash else (high if span == "*" or slash else begin)
        every = int(step) if step.isascii() and step.isdigit() else 0
        if not low <= begin <= end <= high or (slash and not every):
            raise ValueError(f"`{part}` is no {name}, {low} to {high}")
        found |= set(range(begin, end + 1, every or 1))
    return found


def _number(text: str, name: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"`{text}` is no {name}")
    return int(text)
