"""Quantities as people write them."""

from __future__ import annotations

import pytest

from mlspec.domain.words import duration, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(0, "0s"), (0.44, "0.4s"), (9.0, "9s"), (12.2, "12s"), (59.7, "1m"), (90, "1m 30s"), (1800, "30m")],
        *[(3605, "1h"), (5400, "1h 30m"), (86400, "1d"), (183600, "2d 3h")],
    ],
)
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(100, "100 bytes"), (2**20, "1Mi"), (3 * 2**29, "1.5Gi"), (2**34, "16Gi")]
)
def test_sizes_take_the_greatest_unit_that_they_fill(count: int, words: str) -> None:
    assert size(count) == words
