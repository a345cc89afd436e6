"""A canary of the docker target: it gets its share, is asked by itself, and loses no request."""

from __future__ import annotations

import urllib.request
from dataclasses import replace

import pytest
from e2e.docker.shop import Shop
from e2e.docker.target import Target, answered
from fakes.containers import deployment
from fakes.load import Load, load
from fakes.processes import PLACE, get

from mlspec.domain.actual import Health, Running
from mlspec.errors import DeployFailed
from mlspec.ports.runtime import Deployment

pytestmark = pytest.mark.slow


def asked(endpoint: str, version: str) -> str:
    """Which version answers who asks for one."""
    request = urllib.request.Request(endpoint, headers={"mlspec-version": version})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read())


def canary(wanted: Deployment, share: float = 0.25) -> Deployment:
    return replace(wanted, share=share, since=1000.5)


def seen(target: Target) -> Running:
    found = target.runtime.observe()[PLACE]
    assert isinstance(found, Running)
    return found


def test_a_canary_comes_gets_its_share_and_goes(target: Target) -> None:
    image = target.image()
    before = target.deploy(image, "v1.0.0", fence=1)
    wanted = deployment(image, "v1.1.0", fence=2)
    kept, closed = Load("/", b"{}", pause=0.005), Load("/", pause=0.005)
    with load(before.endpoint, kept, keep_alive=2, close=0), load(before.endpoint, closed, keep_alive=0, close=2):
        target.runtime.deploy(canary(wanted))
        now = seen(target)
        assert (now.version, now.drift, now.endpoint) == ("v1.0.0", "", before.endpoint)
        assert now.canary is not None
        told = (now.canary.version, now.canary.share, now.canary.since, now.canary.health)
        assert told == ("v1.1.0", 0.25, 1000.5, Health.HEALTHY)
        assert dict(now.canary.serve) == dict(wanted.serve)
        for version in ("v1.0.0", "v1.1.0"):
            assert all(version in asked(now.endpoint, version) for _ in range(20))
        versions = [get(now.endpoint)["version"] for _ in range(400)]
        assert 50 <= versions.count("v1.1.0") <= 150  # 100, and 5.8 standard deviations to either side

        target.runtime.withdraw(PLACE)
        target.is_settled(replace(before, fence=2))
        assert {get(before.endpoint)["version"] for _ in range(50)} == {"v1.0.0"}

        target.runtime.deploy(canary(replace(wanted, fence=3)))
        target.runtime.deploy(canary(replace(wanted, fence=4, version="v1.2.0")))
        assert (seen(target).version, getattr(seen(target).canary, "version", "")) == ("v1.0.0", "v1.2.0")
        after = target.runtime.deploy(replace(wanted, fence=5, version="v1.2.0"))
        target.is_settled(after)
        assert (after.version, after.canary) == ("v1.2.0", None)
    print(f"{kept.count + closed.count} requests, {len(kept.lost) + len(closed.lost)} lost")
    assert kept.lost == closed.lost == []
    assert answered(kept) >= {"v1.0.0", "v1.1.0", "v1.2.0"}


def test_a_canary_that_is_never_ready_changes_nothing(target: Target) -> None:
    before = target.deploy(target.image(), "v1.0.0")
    with pytest.raises(DeployFailed, match=r"v1\.1\.0 did not become ready"):
        target.runtime.deploy(canary(deployment(target.image(exit=3), "v1.1.0")))
    target.is_settled(before)


def test_a_canary_that_dies_takes_at_most_along_what_it_was_answering(target: Target) -> None:
    """One request for each client, as of any server that is killed; the front sends the others elsewhere."""
    image = target.image()
    before = target.deploy(image, "v1.0.0")
    target.runtime.deploy(canary(deployment(image, "v1.1.0", fence=2)))
    requests = Load("/", b"{}", pause=0.005)
    with load(before.endpoint, requests, keep_alive=2, close=2):
        for container in target.ours("server"):
            if "MLSPEC_VERSION=v1.1.0" in container.attrs["Config"]["Env"]:
                container.stop(timeout=0)
        now = seen(target)
        assert now.canary is not None
        assert now.canary.health is Health.MISSING
        target.runtime.withdraw(PLACE)
    assert len(requests.lost) <= 4, requests.lost
    target.is_settled(replace(before, fence=2))


def test_what_a_crash_leaves_of_a_trial_is_removed(target: Target) -> None:
    image = target.image()
    before = target.deploy(image, "v1.0.0")
    crashed = target.runtime.trial(deployment(image, "v1.1.0", fence=2))
    crashed.__enter__()
    assert "left of an interrupted deployment" in seen(target).drift
    target.is_settled(target.deploy(image, "v1.0.0", fence=3))
    assert seen(target).endpoint == before.endpoint
    crashed.__exit__(None, None, None)


def test_a_day_with_a_canary(shop: Shop) -> None:
    """By the command line; its server has no counts, so that it is judged by its health."""
    shop.mlspec("apply", "--yes")
    shop.edit("specs/toy.yaml", "  production: {}", "  production: {canary: {share: 0.2, for: 1h}}")
    shop.spec("C: 1.0", "C: 2.0")
    assert shop.planned()[-2:] == ["build:toy:production", "canary:toy:production"]
    shop.mlspec("reconcile")
    place = shop.place()
    assert (place["actual"], place["desired"], place["reason"].partition(":")[0]) == ("v0.1.0", "v0.2.0", "Canary")
    assert "v0.2.0 gets 20% of the requests until" in place["reason"]
    assert shop.planned() == []

    shop.mlspec("rollback", "toy", "--env", "production", "-m", "not yet", "--yes")
    assert (shop.place()["actual"], list(shop.held())) == ("v0.1.0", ["RolledBack"])
    assert [container.labels["io.mlspec.version"] for container in shop.containers("server")] == ["v0.1.0"]

    shop.spec("for: 1h", "for: 2s")
    shop.mlspec("promote", "toy", "v0.2.0", "--to", "production")
    done = shop.mlspec("apply", "--yes", "--wait")
    assert "canary" in done.out
    assert shop.place()["actual"] == "v0.2.0"
    told = shop.mlspec("history", "toy").out
    assert "20% of the requests for 1h" in told
    assert "not yet" in told
    shop.is_settled()
