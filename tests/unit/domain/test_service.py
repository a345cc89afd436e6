"""Quantiles of a server's histogram."""

from __future__ import annotations

import pytest

from mlspec.domain.service import quantile

INF = float("inf")


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ({0.1: 100, INF: 100}, 0.095),
        ({0.1: 0, 0.2: 100, INF: 100}, 0.195),
        ({0.1: 90, 0.2: 100, INF: 100}, 0.15),
        ({0.1: 50, INF: 100}, 0.1),
        ({0.1: 0, INF: 0}, None),
        ({}, None),
    ],
)
def test_the_95th_percentile(buckets: dict[float, int], expected: float | None) -> None:
    assert quantile(buckets, 0.95) == pytest.approx(expected)
