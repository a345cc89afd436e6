"""What every runtime does: one suite for the fake and for all targets."""

from __future__ import annotations

import gc
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from fakes.containers import Imaged, containers, make_image
from fakes.processes import PLACE, end_all, eventually, get, gone, order, runtime, status
from fakes.runtime import FakeRuntime
from fakes.swarm_bench import SwarmBench

from mlspec.adapters.docker.runtime import DockerRuntime
from mlspec.domain.actual import Health, Place, Running, Unseen
from mlspec.errors import DeployFailed, MlspecError, Unreachable
from mlspec.ports.runtime import Deployment, Runtime


class Bench(Protocol):
    """A runtime, and what a test does to it from outside."""

    runtime: Runtime

    def broken(self, deployment: Deployment) -> Deployment: ...
    def kill(self, place: Place) -> None: ...
    def hide(self, place: Place) -> None: ...


class FakeBench:
    def __init__(self, *_: object) -> None:
        self.fake = FakeRuntime()
        self.runtime: Runtime = self.fake

    def broken(self, deployment: Deployment) -> Deployment:
        self.fake.fail_next("the last words")
        return deployment

    def kill(self, place: Place) -> None:
        self.fake.kill(place)

    def hide(self, place: Place) -> None:
        self.fake.hide(place)

    def end(self) -> None:
        pass


class ProcessBench:
    def __init__(self, root: Path, *_: object) -> None:
        self.root = root
        self.runtime: Runtime = runtime(root)
        self._stopped: list[int] = []

    def broken(self, deployment: Deployment) -> Deployment:
        bundle = Path(deployment.bundle)
        (bundle / "behaviour.json").write_text('{"exit": 3}')
        return replace(deployment, artefact="sha256:" + "b" * 64)

    def kill(self, place: Place) -> None:
        pid = status(self.root, place)["pid"]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: gone(pid))

    def hide(self, place: Place) -> None:
        pid = status(self.root, place)["pid"]
        os.kill(pid, signal.SIGSTOP)
        self._stopped.append(pid)

    def end(self) -> None:
        for pid in self._stopped:
            os.kill(pid, signal.SIGCONT)
        end_all(self.root)


class DockerBench:
    def __init__(self, root: Path, request: pytest.FixtureRequest) -> None:
        self.engine, self.project = (request.getfixturevalue(name) for name in ("engine", "engine_project"))
        request.getfixturevalue("proxy_image")
        self.monkeypatch = request.getfixturevalue("monkeypatch")
        self.docker = DockerRuntime(self.project, "", root, ready=120)
        self.runtime: Any = Imaged(self.docker, make_image(self.engine, self.project))

    def broken(self, deployment: Deployment) -> Deployment:
        return replace(deployment, image=make_image(self.engine, self.project, exit=3))

    def kill(self, place: Place) -> None:
        for container in containers(self.engine, self.project, place=place):
            container.remove(force=True)

    def hide(self, _: Place) -> None:
        self.monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        self.runtime = DockerRuntime(self.project, "", Path())

    def end(self) -> None:
        self.docker.engine.client.close()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()  # the SDK leaves the socket of a refused connection open


@pytest.fixture(
    params=[
        FakeBench,
        ProcessBench,
        pytest.param(DockerBench, marks=pytest.mark.engine),
        pytest.param(SwarmBench, marks=[pytest.mark.engine, pytest.mark.slow]),
    ]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = request.param(tmp_path / "state", request)
    yield made
    made.end()


def test_nothing_runs_at_first(bench: Bench) -> None:
    assert bench.runtime.observe() == {}
    assert list(bench.runtime.logs(PLACE)) == []


def test_what_was_deployed_is_observed_with_all_its_labels(bench: Bench, tmp_path: Path) -> None:
    serve = {"replicas": 2, "image": "", "limits.body": 4096, "ratio": 0.5, "on": True, "none": None, "é": "ü"}
    wanted = order(tmp_path, "v1.2.3", serve=serve, replicas=2, revision="c" * 40, fence=7, trust=("a.B",))
    returned = bench.runtime.deploy(wanted)
    assert bench.runtime.observe() == {PLACE: returned}
    assert returned == Running(
        place=PLACE,
        version="v1.2.3",
        artefact=wanted.artefact,
        serve=serve,
        replicas=2,
        health=Health.HEALTHY,
        endpoint=returned.endpoint,
        revision="c" * 40,
        fence=7,
    )
    assert returned.endpoint.startswith("http://127.0.0.1:2")
    assert any("v1.2.3" in line for line in bench.runtime.logs(PLACE))
    assert len(bench.runtime.logs(PLACE, 1)) == 1


def test_a_deployment_replaces_what_ran_and_keeps_the_endpoint(bench: Bench, tmp_path: Path) -> None:
    first = bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    second = bench.runtime.deploy(order(tmp_path, "v1.1.0", fence=2))
    assert (second.version, second.endpoint) == ("v1.1.0", first.endpoint)
    assert bench.runtime.observe() == {PLACE: second}


def test_environments_and_models_are_apart(bench: Bench, tmp_path: Path) -> None:
    other = Place("staging", "wine")
    bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    bench.runtime.deploy(order(tmp_path, "v2.0.0", place=other))
    seen = bench.runtime.observe()
    assert {place: what.version for place, what in seen.items() if isinstance(what, Running)} == {
        PLACE: "v1.0.0",
        other: "v2.0.0",
    }
    bench.runtime.retire(other)
    assert set(bench.runtime.observe()) == {PLACE}


def test_one_that_never_gets_ready_keeps_the_old_one(bench: Bench, tmp_path: Path) -> None:
    before = bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    with pytest.raises(DeployFailed) as failure:
        bench.runtime.deploy(bench.broken(order(tmp_path, "v1.1.0")))
    assert any("the last words" in line for line in failure.value.details)
    assert bench.runtime.observe() == {PLACE: before}


def test_one_that_never_gets_ready_leaves_nothing_where_nothing_was(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(DeployFailed):
        bench.runtime.deploy(bench.broken(order(tmp_path)))
    assert bench.runtime.observe() == {}


def test_an_older_fence_is_refused(bench: Bench, tmp_path: Path) -> None:
    before = bench.runtime.deploy(order(tmp_path, "v1.1.0", fence=5))
    with pytest.raises(MlspecError, match="newer"):
        bench.runtime.deploy(order(tmp_path, "v1.0.0", fence=4))
    assert bench.runtime.observe() == {PLACE: before}


def test_a_replay_changes_labels_only(bench: Bench, tmp_path: Path) -> None:
    wanted = order(tmp_path)
    first = bench.runtime.deploy(wanted)
    again = bench.runtime.deploy(replace(wanted, revision="d" * 40, fence=2))
    assert again == replace(first, revision="d" * 40, fence=2)
    assert bench.runtime.observe() == {PLACE: again}


def test_scaling_touches_nothing_else(bench: Bench, tmp_path: Path) -> None:
    first = bench.runtime.deploy(order(tmp_path))
    for replicas in (3, 1):
        scaled = bench.runtime.scale(PLACE, replicas, {"replicas": replicas})
        assert scaled == replace(first, replicas=replicas, serve={"replicas": replicas})
        assert bench.runtime.observe() == {PLACE: scaled}


def test_scaling_nothing_is_an_error(bench: Bench) -> None:
    with pytest.raises(MlspecError, match="nothing runs"):
        bench.runtime.scale(PLACE, 2, {})


def test_retiring_is_safe_to_repeat(bench: Bench, tmp_path: Path) -> None:
    bench.runtime.retire(PLACE)
    bench.runtime.deploy(order(tmp_path))
    bench.runtime.retire(PLACE)
    bench.runtime.retire(PLACE)
    assert bench.runtime.observe() == {}
    assert bench.runtime.deploy(order(tmp_path, "v2.0.0")).version == "v2.0.0"


def test_a_server_that_died_is_absent_and_can_be_deployed_again(bench: Bench, tmp_path: Path) -> None:
    first = bench.runtime.deploy(order(tmp_path))
    bench.kill(PLACE)
    assert bench.runtime.observe() == {}
    assert bench.runtime.deploy(order(tmp_path)) == first


def test_what_does_not_answer_is_unseen_not_absent(bench: Bench, tmp_path: Path) -> None:
    bench.runtime.deploy(order(tmp_path))
    bench.hide(PLACE)
    with suppress(Unreachable):  # an engine hides all of its places at once
        assert bench.runtime.observe() == {PLACE: Unseen(PLACE, "NotObserved")}


def test_a_trial_answers_beside_what_runs_and_is_gone_afterwards(bench: Bench, tmp_path: Path) -> None:
    before = bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    with bench.runtime.trial(order(tmp_path, "v1.1.0", fence=2)) as endpoint:
        assert answered(bench, endpoint, "v1.1.0")
        assert answered(bench, before.endpoint, "v1.0.0")
    assert not answered(bench, endpoint, "v1.1.0")
    assert bench.runtime.observe() == {PLACE: before}


def test_a_trial_that_fails_in_the_middle_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    before = bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    with pytest.raises(KeyboardInterrupt), bench.runtime.trial(order(tmp_path, "v1.1.0")):
        raise KeyboardInterrupt
    assert bench.runtime.observe() == {PLACE: before}


def test_a_trial_that_never_gets_ready_says_so(bench: Bench, tmp_path: Path) -> None:
    before = bench.runtime.deploy(order(tmp_path, "v1.0.0"))
    with pytest.raises(DeployFailed) as failure, bench.runtime.trial(bench.broken(order(tmp_path, "v1.1.0"))):
        pass
    assert any("the last words" in line for line in failure.value.details)
    assert bench.runtime.observe() == {PLACE: before}


def answered(bench: Bench, endpoint: str, version: str) -> bool:
    """Whether that version answers there; a runtime in memory has nobody who could."""
    if isinstance(bench, FakeBench):
        return version in {*bench.fake.trials, *(running.version for running in bench.fake.running.values())}
    try:
        return bool(get(endpoint)["version"] == version)
    except OSError:
        return False
