"""The times of rows: ISO 8601 dates and times, or plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from mlspec.errors import MlspecError
from mlspec.steps.personal import redact

T = TypeVar("T")


def read_moments(texts: Sequence[str], lines: Sequence[int], column: str) -> list[float]:
    """Seconds since 1970 of dates and times, numbers as they are; MlspecError that names the first line without one.

    Times without a zone are taken for UTC; a column that has some with a zone and some without is refused.
    """
    numbers = [_number(text) for text in texts]
    if any(number is not None for number in numbers):
        return [_told(number, *each, column) for number, each in zip(numbers, _cells(texts, lines), strict=True)]
    times = [_told(_time(text), text, line, column) for text, line in _cells(texts, lines)]
    zoned = [line for time, line in zip(times, lines, strict=True) if time.tzinfo]
    if zoned and len(zoned) < len(times):
        found = f"split.time: column {column} has times with a zone (line {zoned[0]}) and times without"
        raise MlspecError(found, hint="give each of them a zone, or none")
    return [(time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() for time in times]


def _cells(texts: Sequence[str], lines: Sequence[int]) -> list[tuple[str, int]]:
    return list(zip(texts, lines, strict=True))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    # `20240131` is a date in ISO's short form
    return number if math.isfinite(number) and not (len(text.strip()) == 8 and text.strip().isdigit()) else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _told(found: T | None, text: str, line: int, column: str) -> T:
    if found is None:
        what = redact(repr(text)) if text.strip() else "nothing"
        hint = "write dates as 2024-01-31, times as 2024-01-31T10:00:00, or numbers everywhere"
        raise MlspecError(f"split.time: column {column} holds {what} in line {line}, no time", hint=hint)
    return found
