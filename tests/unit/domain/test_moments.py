"""Dates and times as text."""

from __future__ import annotations

import math

import pytest

from mlspec.domain.moments import is_format, moment

DAY = 86400.0


@pytest.mark.parametrize(
    ("text", "kind", "form", "seconds"),
    [
        ("1970-01-02", "date", None, DAY),
        ("19700102", "date", None, DAY),
        ("1970-01-02", "datetime", None, DAY),
        ("1970-01-02T01:00", "datetime", None, DAY + 3600),
        ("1970-01-02 01:00:00+01:00", "datetime", None, DAY),
        ("02.01.1970", "date", "%d.%m.%Y", DAY),
        ("1970-01-02T01:00", "date", None, math.nan),
        ("02.01.1970", "date", None, math.nan),
        ("1970-01-02", "date", "%d.%m.%Y", math.nan),
        ("1970-02-30", "date", None, math.nan),
        ("soon", "datetime", None, math.nan),
        ("", "date", None, math.nan),
    ],
)
def test_moments(text: str, kind: str, form: str | None, seconds: float) -> None:
    assert moment(text, kind, form) == pytest.approx(seconds, nan_ok=True)


@pytest.mark.parametrize(
    ("form", "kind", "sound"),
    [
        ("%d.%m.%Y", "date", True),
        ("%d.%m.%Y", "datetime", True),
        ("%d.%m.%Y %H:%M", "datetime", True),
        ("%d.%m.%Y %H:%M", "date", False),
        ("%m/%Y", "date", False),
        ("dd.mm.yyyy", "date", False),
        ("%d.%m.%Q", "date", False),
        ("%", "date", False),
    ],
)
def test_formats(form: str, kind: str, sound: bool) -> None:
    assert is_format(form, kind) is sound
