"""What a server says at /metrics: our own server's text, read."""

from __future__ import annotations

import pytest

from mlspec.adapters.exposition import service, worker
from mlspec.serving.metrics import Metrics


def counted(version: str = "v0.2.0", *, failed: int = 0) -> str:
    metrics = Metrics('wi"ne', version, "classification")
    for number in range(20):
        metrics.observe("/predict", 500 if number < failed else 200, 0.004)
    metrics.observe("/v2/models/wine/infer", 422, 0.004)
    for _ in range(100):
        metrics.observe("/v2/health/ready", 503, 2.0)
    return metrics.render()


def test_predictions_count_and_probes_do_not() -> None:
    found = service([counted(failed=3)], "v0.2.0")
    assert (found.version, found.requests, found.errors, found.unknown) == ("v0.2.0", 21, 3, "")
    assert found.refused == 1
    assert found.p95 == pytest.approx(0.004875)


def test_workers_are_added_up() -> None:
    found = service([counted(failed=3), counted()], "v0.2.0")
    assert (found.requests, found.errors) == (42, 3)


@pytest.mark.parametrize("text", [counted("v0.1.0"), "", "http_requests_total 7"])
def test_the_counts_of_another_version_are_none_of_this_one(text: str) -> None:
    found = service([text], "v0.2.0")
    assert (found.requests, bool(found.unknown)) == (0, True)


def test_a_worker_says_which_one_it_is() -> None:
    assert worker(counted()).isdigit()
    assert worker("") == ""
