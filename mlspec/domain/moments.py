"""Dates and times as text: ISO 8601, or a format of one's own."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Final

DATES: Final = frozenset({"date", "datetime"})
"""Types of columns that hold such text."""


def moment(text: str, kind: str = "datetime", form: str | None = None) -> float:
    """Seconds since 1970 (UTC where no zone is named); NaN where the text is no `date`, or no `datetime`.

    `form`: the directives of `strptime`; ISO 8601 without. A date stands for its beginning; a time is no `date`.
    """
    try:
        if form is not None:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - a zone is added below where there is none
        elif kind == "date":
            found = datetime.combine(date.fromisoformat(text), datetime.min.time())
        else:
            found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def is_format(form: str, kind: str) -> bool:
    """Whether a format can be read, and tells at least the day and its year; a `date` has no time of day."""
    first = datetime(2024, 1, 31, tzinfo=UTC)
    others = (first.replace(day=30), first.replace(year=2023), first.replace(hour=13, minute=7))
    told, day, year, later = (moment(each.strftime(form), kind, form) for each in (first, *others))
    if any(map(math.isnan, (told, day, year, later))) or told in {day, year}:
        return False
    return told == later if kind == "date" else True
