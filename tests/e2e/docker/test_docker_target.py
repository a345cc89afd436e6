"""The docker target under load: nothing is lost, whatever is deployed."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest
from docker.models.containers import Container
from e2e.docker.target import Target, answered
from fakes.containers import deployment
from fakes.load import Load, load
from fakes.processes import PLACE, eventually, get

from mlspec.adapters.docker.runtime import DockerRuntime
from mlspec.domain.actual import Health
from mlspec.errors import DeployFailed, MlspecError

pytestmark = pytest.mark.slow

SWAPS = 20
CLIENTS = 4


def test_redeploys_under_load_lose_nothing(target: Target) -> None:
    image = target.image()
    endpoint = target.deploy(image, "v1.0.0").endpoint
    kept, closed = Load("/", b"{}", pause=0.005), Load("/", pause=0.005)
    took = []
    with load(endpoint, kept, keep_alive=3, close=0), load(endpoint, closed, keep_alive=0, close=3):
        for number in range(1, SWAPS + 1):
            start = time.monotonic()
            running = target.deploy(image, f"v1.{number}.0", fence=number)
            took.append(time.monotonic() - start)
    for name, requests in (("keep-alive", kept), ("close", closed)):
        print(f"{name}: {requests.count} requests over {SWAPS} redeploys, {len(requests.lost)} lost")
        assert requests.lost == []
        assert answered(requests) >= {f"v1.{number}.0" for number in range(1, SWAPS)}
    print(f"a redeploy took {sorted(took)[SWAPS // 2]:.1f} s, at most {max(took):.1f} s")
    assert running.endpoint == endpoint
    target.is_settled(running)


BROKEN = ({"exit": 3}, {"never": True}, {"load": 60}, {"hungry": 200})


def test_a_broken_image_never_takes_traffic(target: Target) -> None:
    """One that ends, one that is never ready, one that takes too long, one that needs more memory than it gets."""
    sound = target.image()
    before = target.deploy(sound, "v1.0.0")
    target.runtime = DockerRuntime(target.project, "", target.root, ready=15)
    requests = Load("/", b"{}", pause=0.005)
    with load(before.endpoint, requests, keep_alive=2, close=2):
        for number, behaviour in enumerate(BROKEN, 1):
            broken = deployment(target.image(**behaviour), f"v2.{number}.0", serve={"resources.memory": 64 << 20})
            start = time.monotonic()
            with pytest.raises(DeployFailed, match=f"v2.{number}.0 did not become ready") as failure:
                target.runtime.deploy(broken)
            print(f"{behaviour}: {failure.value.message}: known after {time.monotonic() - start:.1f} s")
            assert failure.value.hint == "what ran before still runs"
            assert any(f"v2.{number}.0 loads" in line for line in failure.value.details)
            target.is_settled(before)
    print(f"{requests.count} requests, {len(requests.lost)} lost")
    assert requests.lost == []
    assert answered(requests) == {"v1.0.0"}


def test_an_end_is_noticed_at_once_with_the_last_words(target: Target) -> None:
    """Long before the time to get ready is over."""
    image = target.image(exit=3, load=0.5)
    start = time.monotonic()
    with pytest.raises(DeployFailed, match="ended with exit status 3") as failure:
        target.runtime.deploy(deployment(image))
    assert time.monotonic() - start < 60
    assert "the last words" in failure.value.details
    assert target.ours() == []


def test_an_image_that_is_slow_at_first_is_waited_for(target: Target) -> None:
    running = target.deploy(target.image(load=3), "v1.0.0")
    target.is_settled(running)


def test_an_image_without_a_healthcheck_is_refused(target: Target) -> None:
    with pytest.raises(MlspecError, match="no HEALTHCHECK"):
        target.runtime.deploy(deployment(target.image(interval="")))
    assert target.ours() == []


def test_scaling_under_load_loses_nothing(target: Target) -> None:
    running = target.deploy(target.image(), "v1.0.0")
    requests = Load("/", b"{}", pause=0.005)
    with load(running.endpoint, requests, keep_alive=2, close=2):
        for replicas in (3, 1, 2):
            before = {server.id for server in target.ours("server")}
            scaled = target.runtime.scale(PLACE, replicas, {**running.serve, "replicas": replicas})
            after = {server.id for server in target.ours("server")}
            assert before <= after or after <= before
            assert scaled == replace(running, replicas=replicas, serve={**running.serve, "replicas": replicas})
    print(f"{requests.count} requests over three scalings, {len(requests.lost)} lost")
    assert requests.lost == []
    target.is_settled(scaled, 2)


def test_a_request_that_takes_long_is_answered_by_the_old_one(target: Target) -> None:
    image = target.image()
    running = target.deploy(image, "v1.0.0")
    slow = Load("/slow/4", b"{}")
    with load(running.endpoint, slow, keep_alive=1, close=1):
        time.sleep(0.5)
        target.deploy(image, "v1.1.0")
    assert slow.lost == []
    assert answered(slow) == {"v1.0.0", "v1.1.0"}


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_killed_server_is_started_again_by_the_engine(target: Target, replicas: int) -> None:
    """What it was about to answer at that moment may be lost, one request for each client at most; the rest waits."""
    if target.engine.info()["Name"] != os.uname().nodename:
        pytest.skip("the engine's processes are not this machine's")
    running = target.deploy(target.image(load=1), replicas=replicas)
    server = target.ours("server")[0]
    requests = Load("/", b"{}", pause=0.01)
    with load(running.endpoint, requests, keep_alive=CLIENTS // 2, close=CLIENTS // 2):
        [row] = [
            row for row in server.top(ps_args="-eo pid,args")["Processes"] if row[1].startswith("python -I /server.py")
        ]
        start, started = time.monotonic(), started_at(server)
        os.kill(int(row[0]), signal.SIGKILL)
        eventually(lambda: started != started_at(server))
        get(running.endpoint)
        print(f"{replicas} replicas, kill -9 of one: answered again after {time.monotonic() - start:.1f} s")
        time.sleep(2)
    print(f"{requests.count} requests, {len(requests.lost)} lost: {requests.lost[:2]}")
    assert len(requests.lost) <= CLIENTS
    eventually(lambda: target.seen().health is Health.HEALTHY)
    target.is_settled(replace(running), replicas)


def started_at(container: Container) -> str:
    container.reload()
    return str(container.attrs["State"]["StartedAt"])


def test_two_that_deploy_at_the_same_time_are_told_apart_by_their_fences(target: Target) -> None:
    image = target.image()
    newer = target.deploy(image, "v1.1.0", fence=5)
    with pytest.raises(MlspecError, match="a newer deployment is there"):
        target.runtime.deploy(deployment(image, "v1.0.0", fence=4))
    target.is_settled(newer)
