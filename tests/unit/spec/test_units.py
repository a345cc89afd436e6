"""Sizes and durations."""

from __future__ import annotations

import pytest

from mlspec.spec.units import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("512", 512), ("100MB", 10**8), ("1.5kB", 1500), ("4Gi", 2**32), ("1 MiB", 2**20), ("0.1GB", 10**8)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1e3", "100mb", "1.5", "١MB", "1  MB", "9" * 400, "1MB\n"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|unit|bytes"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("30m", 1800), ("24h", 86400), ("7d", 604800), ("1.5s", 1.5)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "30 minutes", "-1s", "1M", "s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration"):
        parse_duration(text)
