"""A canary of the swarm target: it gets its share, is asked by itself, and loses no request."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import docker
import pytest
from e2e.docker.shop import post
from fakes.load import Load, load
from fakes.processes import eventually, get
from fakes.swarm import PLACE, Death, Dying, belongings, containers, image, services, swift, target, wanted

from mlspec.adapters.swarm.runtime import SwarmRuntime
from mlspec.domain.actual import Health, Running
from mlspec.domain.image import Image
from mlspec.errors import DeployFailed
from mlspec.ports.runtime import Deployment

__all__ = ["image", "target"]
pytestmark = pytest.mark.slow

ALONE = {"services": 2, "configs": 1, "networks": 1}
BESIDE = {"services": 4, "configs": 2, "networks": 1}


def asked(endpoint: str, version: str) -> str:
    """Which version answers who asks for one."""
    request = urllib.request.Request(endpoint, headers={"mlspec-version": version})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["version"])


def canary(deployment: Deployment, share: float = 0.25) -> Deployment:
    return replace(deployment, share=share, since=1000.5)


def seen(target: SwarmRuntime) -> Running:
    found = target.observe()[PLACE]
    assert isinstance(found, Running)
    return found


def drawn(endpoint: str, number: int) -> Counter[str]:
    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(lambda _: get(endpoint)["version"], range(number)))


def test_a_canary_comes_gets_its_share_and_goes(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    before = target.deploy(wanted(image, "v1.0.0"))
    front = services(swarm, engine_project)["front"]["Version"]
    order = wanted(image, "v1.1.0", fence=2)
    kept, closed = Load("/", b"{}", pause=0.005), Load("/", pause=0.005)
    with load(before.endpoint, kept, keep_alive=2, close=0), load(before.endpoint, closed, keep_alive=0, close=1):
        now = target.deploy(canary(order))
        assert (now.version, now.drift, now.endpoint, now.fence) == ("v1.0.0", "", before.endpoint, 2)
        assert now.canary is not None
        told = (now.canary.version, now.canary.share, now.canary.since, now.canary.health, now.canary.replicas)
        assert told == ("v1.1.0", 0.25, 1000.5, Health.HEALTHY, 1)
        assert dict(now.canary.serve) == dict(order.serve)
        assert target.observe() == {PLACE: now}
        eventually(lambda: asked(now.endpoint, "v1.1.0") == "v1.1.0")
        for version in ("v1.0.0", "v1.1.0"):
            assert {asked(now.endpoint, version) for _ in range(20)} == {version}
        assert 50 <= drawn(now.endpoint, 400)["v1.1.0"] <= 150  # 100, and 5.8 standard deviations to either side

        for container in containers(swarm, services(swarm, engine_project)["split"]):
            container.kill("KILL")
        eventually(lambda: asked(now.endpoint, "v1.1.0") == "v1.1.0")
        lost = [*kept.lost, *closed.lost]
        assert len(lost) <= 3, lost  # those that it was passing on

        after = target.deploy(replace(order, fence=3))
        assert target.observe() == {PLACE: after}
        assert (after.version, after.canary, after.drift, after.health) == ("v1.1.0", None, "", Health.HEALTHY)
        assert belongings(swarm, engine_project) == ALONE
    print(f"{kept.count + closed.count} requests, {len(kept.lost) + len(closed.lost)} lost")
    assert [*kept.lost, *closed.lost] == lost
    assert {json.loads(text)["version"] for text in kept.answers} == {"v1.0.0", "v1.1.0"}
    assert services(swarm, engine_project)["front"]["Version"] == front


def test_what_a_crash_leaves_of_a_canary_is_told_and_removed(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is never healthy leaves nothing."""
    before = target.deploy(wanted(image, "v1.0.0"))
    order = canary(wanted(image, "v1.1.0", fence=2))
    with pytest.raises(DeployFailed, match=r"v1\.1\.0 did not become healthy"):
        target.deploy(canary(wanted(swift(swarm, engine_project, exit=3), "v1.1.0")))
    assert target.observe() == {PLACE: before}
    assert belongings(swarm, engine_project) == ALONE

    dying = Dying(monkeypatch)
    dying.left = 2  # the network is there, and its servers are
    with pytest.raises(Death):
        target.deploy(order)
    dying.left = -1
    assert (seen(target).drift, seen(target).canary) == ("its candidate has lost its share", None)
    requests = Load("/", b"{}", pause=0.005)
    with load(before.endpoint, requests, keep_alive=2, close=1):
        now = target.deploy(order)
        assert (now.drift, getattr(now.canary, "version", "")) == ("", "v1.1.0")
        assert belongings(swarm, engine_project) == BESIDE
        dying.left = 1  # nothing shares out any more
        with pytest.raises(Death):
            target.withdraw(PLACE)
        dying.left = -1
        assert (seen(target).drift, seen(target).canary) == ("its candidate has lost its share", None)
        target.withdraw(PLACE)
    assert requests.lost == []
    assert target.observe() == {PLACE: before}
    assert belongings(swarm, engine_project) == ALONE


def copies(endpoint: str, version: str) -> dict[str, int]:
    """Which bodies a version got by POST, how often."""
    request = urllib.request.Request(f"{endpoint}/posts", headers={"mlspec-version": version})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read()))


def test_a_shadow_gets_copies_and_answers_nobody(
    target: SwarmRuntime, image: Image, swarm: docker.DockerClient, engine_project: str
) -> None:
    before = target.deploy(wanted(image, "v1.0.0"))
    requests = Load("/predict?x=1", b'{"rows": [1]}', pause=0.005)
    with load(before.endpoint, requests, keep_alive=2, close=1):
        now = target.deploy(replace(wanted(image, "v1.1.0", fence=2), share=1.0, since=1000.5, mirrored=True))
        assert (now.version, now.drift, now.fence) == ("v1.0.0", "", 2)
        assert now.canary is not None
        told = (now.canary.version, now.canary.share, now.canary.since, now.canary.mirrored, now.canary.health)
        assert told == ("v1.1.0", 1.0, 1000.5, True, Health.HEALTHY)
        eventually(lambda: copies(now.endpoint, "v1.1.0").get('{"rows": [1]}', 0) > 50, 60)
        large = b"[" + b"1," * 20_000 + b"1]"
        assert json.loads(post(f"{now.endpoint}/predict", large))["version"] == "v1.0.0"
        eventually(lambda: large.decode() in copies(now.endpoint, "v1.1.0"), 30)
        assert belongings(swarm, engine_project) == BESIDE | {"configs": 3}
        target.withdraw(PLACE)
    assert requests.lost == []
    assert {json.loads(text)["version"] for text in requests.answers} == {"v1.0.0"}
    assert target.observe() == {PLACE: before}
    assert belongings(swarm, engine_project) == ALONE
