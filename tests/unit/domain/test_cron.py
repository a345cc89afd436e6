"""Cron schedules in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlspec.domain.cron import parse_cron


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "now", "latest"),
    [
        ("0 3 * * *", "2026-11-22T14:00", "2026-11-22T03:00"),
        ("0 3 * * *", "2026-11-22T03:00", "2026-11-22T03:00"),
        ("0 3 * * *", "2026-11-22T02:59:59", "2026-11-21T03:00"),
        ("*/15 * * * *", "2026-11-22T14:14:59", "2026-11-22T14:00"),
        ("5,35 8-10/2 * * *", "2026-11-22T10:20", "2026-11-22T10:05"),
        ("30 23 * * *", "2026-11-22T14:00", "2026-11-21T23:30"),
        ("0 0 * * mon", "2026-11-22T14:00", "2026-11-16T00:00"),
        ("0 0 * * 7", "2026-11-22T14:00", "2026-11-22T00:00"),
        ("0 0 1 jan *", "2026-11-22T14:00", "2026-01-01T00:00"),
        ("0 0 29 2 *", "2026-11-22T14:00", "2024-02-29T00:00"),
        ("0 0 31 * *", "2026-11-22T14:00", "2026-10-31T00:00"),
        ("0 0 13 * fri", "2026-11-22T14:00", "2026-11-20T00:00"),
        ("0 0 13 * fri", "2026-11-14T14:00", "2026-11-13T00:00"),
        ("0 0 */2 * mon", "2026-11-22T14:00", "2026-11-09T00:00"),
    ],
)
def test_when_it_was_due_last(schedule: str, now: str, latest: str) -> None:
    assert parse_cron(schedule).latest(at(now)) == at(latest)


@pytest.mark.parametrize(
    "text",
    ["* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *",
     "a * * * *", "1,,2 * * * *", "0 0 30 feb *", "-1 * * * *", "1- * * * *", "\u0661 * * * *"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no |five fields|never comes"):
        parse_cron(text)
