"""What somebody else did to containers: `plan` says so, `reconcile` heals it, and tells nobody else's from ours."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import docker
import pytest
from e2e.docker.shop import SERVER, Shop, answering
from fakes.load import Load, load
from fakes.processes import eventually

pytestmark = pytest.mark.slow

STALL = 15.0


def stopped(shop: Shop) -> None:
    shop.server().stop(timeout=1)


def removed(shop: Shop) -> None:
    shop.server().remove(force=True)


def front_removed(shop: Shop) -> None:
    [front] = shop.containers("front")
    front.remove(force=True)


def all_removed(shop: Shop) -> None:
    for container in shop.containers():
        container.remove(force=True)


def another_under_its_name(shop: Shop) -> None:
    """Somebody ran another image under the server's name, on the same network, with the same labels."""
    server = shop.server()
    [network] = server.attrs["NetworkSettings"]["Networks"]
    name, labels = server.name, server.labels
    server.remove(force=True)
    command = ["python", "-m", "http.server", "8080"]
    shop.engine.containers.run(
        "python:3.11-slim", command, name=name, labels=labels, network=network, detach=True, init=True
    )


HARM: tuple[Callable[[Shop], None], ...] = (stopped, removed, front_removed, all_removed, another_under_its_name)


def test_what_was_done_to_containers_is_seen_and_healed(shop: Shop) -> None:
    shop.mlspec("apply", "--yes")
    endpoint, images = shop.place()["endpoint"], shop.serves()
    for harm in HARM:
        harm(shop)
        because = shop.because()
        assert list(because) == ["restart:toy:production"], harm.__name__
        [reason] = because["restart:toy:production"]
        print(f"{harm.__name__}: {reason['kind']} {reason['new'] or ''}")
        start = time.monotonic()
        shop.mlspec("reconcile")
        print(f"{harm.__name__}: healed in {time.monotonic() - start:.1f} s")
        answering(endpoint)
        shop.is_settled()
        assert shop.serves() == images


def test_a_killed_server_is_started_again_by_the_engine(shop: Shop) -> None:
    if shop.engine.info()["Name"] != os.uname().nodename:
        pytest.skip("the engine's processes are not this machine's")
    shop.mlspec("apply", "--yes")
    endpoint = shop.place()["endpoint"]
    pid = shop.server().attrs["State"]["Pid"]
    start = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: shop.server().attrs["State"]["Pid"] not in {0, pid})
    answering(endpoint)
    print(f"kill -9 of the server: answers again after {time.monotonic() - start:.1f} s, without mlspec")
    eventually(lambda: shop.planned() == [], 60)
    shop.is_settled()


def test_after_a_restart_of_the_engine_all_is_as_it_was(shop: Shop, restart_engine: Callable[[], None]) -> None:
    shop.mlspec("apply", "--yes")
    endpoint, before = shop.place()["endpoint"], shop.ids()
    start = time.monotonic()
    restart_engine()
    answering(endpoint)
    print(f"restart of the engine: answers again after {time.monotonic() - start:.1f} s, without mlspec")
    eventually(lambda: shop.planned() == [], 60)
    shop.is_settled()
    assert shop.ids() == before


def test_an_engine_that_does_not_answer_costs_no_request(shop: Shop, stall_engine: Callable[[float], None]) -> None:
    """The front asks the engine's DNS for the servers' addresses; no answer is no reason to forget them."""
    shop.mlspec("apply", "--yes")
    requests = Load("/", pause=0.01)
    with load(shop.place()["endpoint"], requests, keep_alive=1, close=1):
        stall_engine(STALL)
    print(f"engine stalled for {STALL} s: {requests.count} requests, {len(requests.lost)} lost")
    assert requests.lost == []


def test_containers_of_others_are_left_alone(shop: Shop, engine: docker.DockerClient, base_image: str) -> None:
    """One without our labels, under a name that looks like ours, and one of another project."""
    shop.mlspec("apply", "--yes")
    near = f"{shop.server().name}9"
    looks = engine.containers.run(base_image, ["sleep", "600"], name=near, detach=True, init=True)
    other = engine.containers.run(
        base_image, ["sleep", "600"], labels={"io.mlspec.project": f"{shop.name}-other"}, detach=True, init=True
    )
    try:
        shop.write("images/toy/own.py", f"{SERVER}# another\n")
        shop.commit("another server")
        shop.mlspec("reconcile")
        shop.mlspec("retire", "--env", "production", "--yes")
        assert shop.containers() == []
        for container in (looks, other):
            container.reload()
            assert container.status == "running"
    finally:
        looks.remove(force=True)
        other.remove(force=True)
