"""The swarm target on several engines: images from a registry, nodes that are drained or die."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from fakes.containers import make_image
from fakes.load import Load, load
from fakes.nodes import Node, Nodes, nodes
from fakes.processes import eventually
from fakes.swarm import PLACE, end, runtime, wanted

from mlspec.adapters.swarm.runtime import SwarmRuntime
from mlspec.domain.actual import Health, Running
from mlspec.domain.image import Image
from mlspec.errors import MlspecError
from mlspec.ports.runtime import Deployment

__all__ = ["nodes"]
pytestmark = pytest.mark.slow


@pytest.fixture
def target(nodes: Nodes, engine_project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SwarmRuntime]:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{nodes.members[0].address}:2375")
    made = runtime(engine_project, Path())
    yield made
    end(made)


@pytest.fixture
def order(nodes: Nodes, engine: docker.DockerClient, engine_project: str, proxy_image: str) -> Deployment:
    """Three replicas of an image that is in the registry."""
    built = make_image(engine, engine_project, interval="1s", start="60s", retries=3)
    image = replace(built, reference=nodes.push(engine, built.reference, f"{engine_project}/wine"))
    proxy = nodes.push(engine, proxy_image, "haproxy")
    return wanted(image, replicas=3, serve={"environment.proxy": proxy})


def seen(target: SwarmRuntime) -> Running:
    found = target.observe()[PLACE]
    assert isinstance(found, Running)
    return found


def identity(node: Node) -> str:
    """By which the swarm knows it."""
    return str(node.client.info()["Swarm"]["NodeID"])


def hosts(node: Node, project: str) -> set[str]:
    """The nodes on which servers run."""
    tasks = node.client.api.tasks(filters={"service": f"mlspec-{project}-production-wine", "desired-state": "running"})
    return {task["NodeID"] for task in tasks if task["Status"]["State"] == "running"}


def test_an_image_that_one_engine_has_is_refused(target: SwarmRuntime, order: Deployment) -> None:
    assert order.image is not None
    local = replace(order, image=Image(order.image.serve, "sha256:" + "1" * 64, order.image.tag, 0))
    with pytest.raises(MlspecError, match="only this engine has the image, and the swarm has 3 nodes") as refusal:
        target.deploy(local)
    assert "registry.images" in refusal.value.hint


def test_nodes_that_leave_take_no_request_along(
    target: SwarmRuntime, order: Deployment, nodes: Nodes, engine_project: str
) -> None:
    manager, *workers = nodes.members
    start = time.monotonic()
    first = target.deploy(order)
    print(f"first deployment on 3 nodes, pulling: {time.monotonic() - start:.1f} s")
    assert first.endpoint.startswith(f"http://{manager.address}:")
    assert len(hosts(manager, engine_project)) == 3
    counted = Load("/", b"{}", pause=0.005)
    with load(first.endpoint, counted, keep_alive=2, close=1):
        start = time.monotonic()
        assert target.deploy(replace(order, version="v1.1.0", fence=2)).health is Health.HEALTHY
        print(f"redeploy of 3 replicas: {time.monotonic() - start:.1f} s, {len(counted.lost)} lost")
        used = hosts(manager, engine_project)
        killed, drained = sorted(workers, key=lambda worker: identity(worker) in used)
        node = manager.client.nodes.get(identity(drained))
        assert node.id in used
        start = time.monotonic()
        node.update(node.attrs["Spec"] | {"Availability": "drain"})
        eventually(lambda: node.id not in hosts(manager, engine_project), 60)
        eventually(lambda: seen(target).health is Health.HEALTHY, 90)
        print(f"drained node: healthy again after {time.monotonic() - start:.1f} s, {len(counted.lost)} lost")
        node.reload()
        node.update(node.attrs["Spec"] | {"Availability": "active"})
        before = len(counted.lost)
    assert counted.lost == []
    assert {json.loads(text)["version"] for text in counted.answers} == {"v1.0.0", "v1.1.0"}
    gone = identity(killed)
    assert gone in hosts(manager, engine_project)
    with load(first.endpoint, counted, keep_alive=2, close=1):
        start = time.monotonic()
        killed.kill()
        eventually(lambda: gone not in hosts(manager, engine_project), 90)
        eventually(lambda: seen(target).health is Health.HEALTHY, 90)
        print(f"dead node: healthy again after {time.monotonic() - start:.1f} s, {len(counted.lost) - before} lost")
    print(f"{counted.count} requests, {len(counted.lost)} lost")
    assert len(counted.lost) <= 3, "more than what was being answered on that node"
