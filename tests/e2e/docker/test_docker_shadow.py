"""A shadow of the docker target: it gets copies, nobody waits for it, and it is judged by its answers to them."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import replace
from typing import Any

import pytest
from e2e.docker.shop import Shop, post
from e2e.docker.target import Target, answered
from fakes.containers import deployment
from fakes.load import Load, load
from fakes.processes import PLACE, eventually, get

from mlspec.domain.actual import Health
from mlspec.ports.runtime import Deployment

pytestmark = pytest.mark.slow


def shadow(wanted: Deployment, share: float = 1.0) -> Deployment:
    return replace(wanted, share=share, since=1000.5, mirrored=True)


def copies(endpoint: str, version: str) -> dict[str, int]:
    """Which bodies a version got by POST, how often."""
    request = urllib.request.Request(f"{endpoint}/posts", headers={"mlspec-version": version})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read()))


def test_a_shadow_gets_copies_and_answers_nobody(target: Target) -> None:
    image = target.image()
    before = target.deploy(image, "v1.0.0", fence=1)
    wanted = deployment(image, "v1.1.0", fence=2)
    kept, closed = Load("/predict?x=1", b'{"rows": [1]}', pause=0.01), Load("/", pause=0.01)
    with load(before.endpoint, kept, keep_alive=2, close=1), load(before.endpoint, closed, keep_alive=0, close=1):
        target.runtime.deploy(shadow(wanted))
        now = target.seen()
        assert (now.version, now.drift, now.endpoint) == ("v1.0.0", "", before.endpoint)
        assert now.canary is not None
        told = (now.canary.version, now.canary.share, now.canary.since, now.canary.mirrored, now.canary.health)
        assert told == ("v1.1.0", 1.0, 1000.5, True, Health.HEALTHY)
        small, large = b"[" + b"1," * 10_000 + b"1]", b"x" * 200_000
        for body in (small, large):
            assert json.loads(post(f"{now.endpoint}/predict", body))["version"] == "v1.0.0"
        assert {get(now.endpoint)["version"] for _ in range(50)} == {"v1.0.0"}
        eventually(lambda: small.decode() in copies(now.endpoint, "v1.1.0"))
        eventually(lambda: copies(now.endpoint, "v1.1.0").get('{"rows": [1]}', 0) > 50, 60)
        assert large.decode() in copies(now.endpoint, "v1.0.0")
        assert large.decode() not in copies(now.endpoint, "v1.1.0")
        target.runtime.withdraw(PLACE)
        target.is_settled(replace(before, fence=2))
        target.runtime.deploy(shadow(replace(wanted, fence=3), share=0.5))
        after = target.runtime.deploy(replace(wanted, fence=4))
        target.is_settled(after)
    print(f"{kept.count + closed.count} requests, {len(kept.lost) + len(closed.lost)} lost")
    assert kept.lost == closed.lost == []
    assert answered(kept) == {"v1.0.0", "v1.1.0"}


def test_a_slow_or_dead_shadow_costs_nobody_anything(target: Target) -> None:
    """It gets fewer copies, as only so many are under way at a time."""
    before = target.deploy(target.image(), "v1.0.0")
    target.runtime.deploy(shadow(deployment(target.image(slow=5), "v1.1.0", fence=2)))
    kept = Load("/", b"{}", pause=0.002)
    began = time.monotonic()
    with load(before.endpoint, kept, keep_alive=3, close=1):
        eventually(lambda: kept.count > 300)
        got = copies(before.endpoint, "v1.1.0")["{}"]
        turns = 2 + (time.monotonic() - began) // 5
        assert got <= 32 * turns, "32 at a time, for 5 s each"
        for container in target.ours("server"):
            if "MLSPEC_VERSION=v1.1.0" in container.attrs["Config"]["Env"]:
                container.stop(timeout=0)
        asked = kept.count
        eventually(lambda: kept.count > asked + 300, 60)
        now = target.seen()
        assert now.canary is not None
        assert (now.health, now.canary.health) == (Health.HEALTHY, Health.MISSING)
        target.runtime.withdraw(PLACE)
    assert kept.lost == []
    assert answered(kept) == {"v1.0.0"}


SHADOW = """\
  production: {shadow: {for: 1h, max_changed: 0.1, min_requests: 20}}
monitoring: {requests: {sample: 0.5}}
"""


def rows(shop: Shop, count: int) -> list[Any]:
    """Answers of what serves to so many requests, each of a row of its own."""
    asked = ({"rows": [{"a": number / count, "b": 1 - number / count}]} for number in range(count))
    url = f"{shop.place()['endpoint']}/predict"
    return [json.loads(post(url, json.dumps(each).encode())) for each in asked]


def test_a_day_with_a_shadow(toy_shop: Shop) -> None:
    """By the command line, with mlspec's own server: both versions keep the same half of the requests."""
    shop = toy_shop
    shop.edit("specs/toy.yaml", "  production: {}\n", SHADOW)
    shop.mlspec("compile")
    shop.commit("a shadow first")
    shop.mlspec("apply", "--yes")
    shop.spec("C: 1.0", "C: 0.0001")
    assert shop.planned()[-2:] == ["build:toy:production", "shadow:toy:production"]
    shop.mlspec("reconcile")
    assert shop.planned() == []
    place = shop.place()
    assert (place["actual"], place["desired"], place["reason"].partition(":")[0]) == ("v0.1.0", "v0.2.0", "Shadow")
    assert "v0.2.0 gets copies of all requests until" in place["reason"]
    assert {each["version"] for each in rows(shop, 150)} == {"v0.1.0"}
    eventually(lambda: shop.planned() == ["rollback:toy:production", "withdraw:toy:production"], 60)
    shop.mlspec("reconcile")
    assert "answers changed" in shop.held()["RolledBack"]
    assert [container.labels["io.mlspec.version"] for container in shop.containers("server")] == ["v0.1.0"]
    assert "answers changed" in shop.mlspec("history", "toy").out
