"""Replay end to end: recorded requests are sent to a candidate under load, which is refused or let in; none is lost."""

from __future__ import annotations

import json
import random
import urllib.request
from collections.abc import Iterator

import pytest
from e2e.project import Project
from fakes.load import Load, load
from fakes.processes import eventually

pytestmark = pytest.mark.slow

REPLAYED = """\
monitoring:
  requests: {sample: 1, keep: 500}
deploy:
  production: {replicas: 2, replay: {requests: 150, max_changed: 0.02}}
"""


def rows(count: int) -> bytes:
    """A request along the line between the classes."""
    chance = random.Random(3)
    first = [chance.random() for _ in range(count)]
    return json.dumps({"rows": [{"a": a, "b": 1 - a + chance.uniform(-0.3, 0.3)} for a in first]}).encode()


def endpoint(project: Project) -> str:
    (model,) = project.mlspec("status", "--json").json["models"]
    return str(model["environments"][0]["endpoint"])


def serves(project: Project) -> str:
    (model,) = project.mlspec("status", "--json").json["models"]
    return str(model["environments"][0]["actual"])


def kept(url: str) -> int:
    with urllib.request.urlopen(f"{url}/monitoring/requests", timeout=60) as answer:
        return len(json.load(answer)["requests"])


@pytest.fixture
def shop(trained_project: Project) -> Iterator[Project]:
    """v0.1.0 serves, and has recorded requests."""
    trained_project.spec("deploy:\n  production: {}\n", REPLAYED)
    trained_project.mlspec("apply", "--yes")
    url = endpoint(trained_project)
    request = urllib.request.Request(f"{url}/predict", rows(300), {"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()
    eventually(lambda: kept(url) == 300)
    return trained_project


def test_a_candidate_is_compared_under_load_and_kept_out_or_let_in(shop: Project) -> None:
    url = endpoint(shop)
    with load(url, Load("/predict", rows(50), pause=0.05), keep_alive=1, close=1) as seen:
        shop.spec("C: 1.0", "C: 0.02")
        assert shop.planned()[-2:] == ["replay:toy:production", "deploy:toy:production"]
        refused = shop.mlspec("reconcile", code=1)
        assert "answers changed" in refused.out + refused.err
        assert (serves(shop), shop.planned()) == ("v0.1.0", [])
        assert "v0.2.0 was refused before it took traffic" in shop.held()["RolloutFailed"]
        assert any(
            "2.0% are allowed" in line for line in shop.mlspec("history", "toy").out.splitlines() if "failed" in line
        )

        shop.mlspec("promote", "toy", "v0.2.0", "--to", "production")
        shop.mlspec("apply", "--yes")
        assert serves(shop) == "v0.2.0"

        eventually(lambda: kept(url) >= 150, 60)
        shop.spec("C: 0.02", "C: 0.02001")
        shop.mlspec("reconcile")
        assert (serves(shop), shop.planned()) == ("v0.3.0", [])
        assert "replayed 150 recorded requests: " in shop.mlspec("history", "toy").out
    assert seen.count > 0
    assert seen.lost == []
