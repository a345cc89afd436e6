"""What somebody else did to the docker target's containers: seen, told in words, and put right by deploying again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from docker.models.containers import Container
from e2e.docker.target import Target
from fakes.containers import containers, deployment
from fakes.engine import labelled
from fakes.processes import PLACE, eventually, get

from mlspec.domain.actual import Health, Place, Running

pytestmark = pytest.mark.slow


def server_stopped(target: Target) -> None:
    target.server().stop(timeout=1)


def server_removed(target: Target) -> None:
    target.server().remove(force=True)


def server_renamed(target: Target) -> None:
    target.server().rename(f"{target.project}-mine")


def server_paused(target: Target) -> None:
    target.server().pause()


def server_disconnected(target: Target) -> None:
    [network] = target.engine.networks.list(filters=labelled(target.project))
    network.disconnect(target.server(), force=True)


def server_replaced(target: Target) -> None:
    """Another image under its name, with its labels, in its network."""
    server = target.server()
    [network] = server.attrs["NetworkSettings"]["Networks"]
    server.remove(force=True)
    target.engine.containers.run(
        "python:3.11-slim", ["sleep", "600"], name=server.name, labels=server.labels, network=network, detach=True
    )


def server_relabelled(target: Target) -> None:
    """The same image under its name, with other labels: labels can't be changed otherwise."""
    server = target.server()
    [network] = server.attrs["NetworkSettings"]["Networks"]
    image, name = server.image.id, server.name
    labels = server.labels | {"io.mlspec.version": "v9.9.9"}
    server.remove(force=True)
    target.engine.containers.run(image, name=name, labels=labels, network=network, detach=True)


def front_stopped(target: Target) -> None:
    target.front().stop(timeout=1)


def front_removed(target: Target) -> None:
    target.front().remove(force=True)


def stranger(target: Target) -> None:
    """A server that nobody asked for, as a crash before the switch would leave it."""
    server = target.server()
    target.engine.containers.run(server.image.id, labels=server.labels, detach=True)


HARM: dict[Callable[[Target], None], tuple[str, Health]] = {
    server_stopped: ("was stopped", Health.MISSING),
    server_removed: ("was removed", Health.MISSING),
    server_renamed: ("was renamed", Health.HEALTHY),
    server_paused: ("was paused", Health.MISSING),
    server_disconnected: ("is not in the front's network", Health.HEALTHY),
    server_replaced: ("was removed", Health.MISSING),
    server_relabelled: ("was removed", Health.MISSING),
    front_stopped: ("the front", Health.MISSING),
    front_removed: ("the front is gone", Health.MISSING),
    stranger: ("left of an interrupted deployment", Health.HEALTHY),
}


def test_what_was_done_is_seen_and_healed(target: Target) -> None:
    image = target.image()
    wanted = deployment(image, "v1.0.0")
    before = target.runtime.deploy(wanted)
    for harm, (words, health) in HARM.items():
        harm(target)
        seen = target.seen()
        assert words in seen.drift, harm.__name__
        assert (seen.version, seen.health) == ("v1.0.0", health), harm.__name__
        start = time.monotonic()
        healed = target.runtime.deploy(wanted)
        print(f"{harm.__name__}: {seen.drift}; healed in {time.monotonic() - start:.1f} s")
        assert healed == before
        assert get(healed.endpoint)["version"] == "v1.0.0"
        target.is_settled(before)


def test_only_the_front_is_made_anew_where_the_servers_are_well(target: Target) -> None:
    wanted = deployment(target.image(), replicas=2)
    before = target.runtime.deploy(wanted)
    servers = {server.id for server in target.ours("server")}
    for harm in (front_stopped, front_removed):
        harm(target)
        assert target.runtime.deploy(wanted) == before
        assert {server.id for server in target.ours("server")} == servers


def test_one_that_falls_ill_is_degraded_and_replaced(target: Target) -> None:
    before = target.deploy(target.image(interval="1s", retries=1))
    target.server().exec_run(["touch", "/tmp/sick"])
    eventually(lambda: target.seen().health is Health.DEGRADED)
    assert "is unhealthy" in target.seen().drift
    sound = target.deploy(target.image(), "v1.0.1")
    target.is_settled(sound)
    assert sound.endpoint == before.endpoint


def test_one_that_is_started_again_is_progressing_and_not_to_be_healed(target: Target) -> None:
    target.deploy(target.image())
    target.server().restart(timeout=1)
    seen = target.seen()
    assert (seen.health, seen.drift) == (Health.PROGRESSING, "")
    eventually(lambda: target.seen().health is Health.HEALTHY)


def test_traffic_follows_servers_whose_addresses_change_hands(target: Target) -> None:
    """As after a restart of the engine: each front asks for its own server again, by name."""
    image = target.image()
    places = {name: Place("production", name) for name in ("apple", "pear")}
    running = {name: target.runtime.deploy(deployment(image, name, place=place)) for name, place in places.items()}
    servers = {name: containers(target.engine, target.project, "server", place)[0] for name, place in places.items()}
    before = {name: address(server) for name, server in servers.items()}
    for server in servers.values():
        server.stop(timeout=1)
    for server in reversed(servers.values()):
        server.start()
    start = time.monotonic()
    for name, each in running.items():
        eventually(lambda each=each, name=name: answers(each.endpoint, name), 60)  # type: ignore[misc]
    print(f"{before} -> { {name: address(server) for name, server in servers.items()} }: ", end="")
    print(f"all asked the right one after {time.monotonic() - start:.1f} s")


def address(server: Container) -> str:
    server.reload()
    [network] = server.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def answers(endpoint: str, version: str) -> bool:
    try:
        return bool(get(endpoint)["version"] == version)
    except OSError:
        return False


def test_containers_and_networks_of_others_are_not_touched(target: Target) -> None:
    """They have our names; one was started by hand from an image of ours, whose labels it inherits."""
    stem = f"mlspec-{target.project}-{PLACE.environment}"
    image = target.image()
    wanted = deployment(image)
    name = f"{stem}-{PLACE.model}-{image.serve[7:19]}-1-1"
    run = target.engine.containers.run
    network = target.engine.networks.create(stem)
    mine = [
        run("python:3.11-slim", ["sleep", "900"], name=name, detach=True, init=True),
        run("python:3.11-slim", ["sleep", "900"], name=f"{stem}-{PLACE.model}-front", detach=True, init=True),
        run(image.reference, detach=True, init=True),
    ]
    try:
        running = target.runtime.deploy(wanted)
        target.is_settled(running)
        target.runtime.deploy(deployment(image, "v1.1.0"))
        target.runtime.retire(PLACE)
        for container in mine:
            container.reload()
            assert container.status == "running"
        assert target.engine.networks.list(names=[f"^{stem}$"])
    finally:
        for container in mine:
            container.remove(force=True)
        network.remove()


def test_after_a_restart_of_the_engine_traffic_flows_again(target: Target, restart_engine: Callable[[], None]) -> None:
    """Addresses change; some names are known later than the front starts; the fronts were told of other servers."""
    image = target.image(load=1)
    for version in ("v1.0.0", "v1.1.0"):
        for name in ("apple", "pear", "plum"):
            target.runtime.deploy(deployment(image, f"{version}-{name}", place=Place("production", name)))
    running = target.runtime.observe()
    start = time.monotonic()
    restart_engine()
    for each in running.values():
        assert isinstance(each, Running)
        eventually(lambda each=each: answers(each.endpoint, each.version), 60)  # type: ignore[misc]
    print(f"restart of the engine: all answer again after {time.monotonic() - start:.1f} s")
    eventually(lambda: target.runtime.observe() == running, 60)


def test_a_front_that_ends_is_started_again_by_the_engine(target: Target) -> None:
    """Also after it was told of other servers, which takes a signal."""
    if target.engine.info()["Name"] != os.uname().nodename:
        pytest.skip("the engine's processes are not this machine's")
    image = target.image()
    target.deploy(image, "v1.0.0")
    running = target.deploy(image, "v1.1.0")
    start = time.monotonic()
    os.kill(target.front().attrs["State"]["Pid"], signal.SIGKILL)
    eventually(lambda: answers(running.endpoint, "v1.1.0"))
    print(f"kill -9 of the front: answered again after {time.monotonic() - start:.1f} s")
    eventually(lambda: target.runtime.observe() == {PLACE: running})
