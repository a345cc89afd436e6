"""The process target with the real model server."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.bundles import write_line
from fakes.load import Load, load
from fakes.processes import PLACE, end_all, eventually, project, status

from mlspec.adapters.process.runtime import Deadlines, ProcessRuntime
from mlspec.domain.actual import Health, Running
from mlspec.errors import DeployFailed
from mlspec.ports.runtime import Deployment

pytestmark = pytest.mark.slow

SWAPS = 3
INFER = json.dumps(
    {
        "inputs": [
            {"name": "x", "shape": [1], "datatype": "INT64", "data": [5]},
            {"name": "flag", "shape": [1], "datatype": "BOOL", "data": [True]},
        ]
    }
).encode()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_line(tmp_path_factory.mktemp("model") / "line")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    end_all(tmp_path / "state")


def deployment(bundle: Path, version: str, *, artefact: str = "a", body: int = 1 << 20) -> Deployment:
    serve = {"replicas": 1, "serving.limits.body": body}
    return Deployment(PLACE, version, "sha256:" + artefact * 64, str(bundle), serve, 1, 0, (), "r" * 40, 1)


def ask(endpoint: str, path: str, body: bytes | None = None) -> dict[str, object]:
    request = urllib.request.Request(endpoint + path, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_a_model_is_served_swapped_under_load_and_retired(bundle: Path, root: Path) -> None:
    target = ProcessRuntime(project(root), root=root)
    running = target.deploy(deployment(bundle, "v0.1.0"))
    assert ask(running.endpoint, "/v2/health/ready") == {"live": True, "ready": True}
    kept, closed = (Load(f"/v2/models/{PLACE.model}/infer", INFER) for _ in range(2))
    with (
        load(running.endpoint, kept, keep_alive=1, close=0),
        load(running.endpoint, closed, keep_alive=0, close=1),
    ):
        for number in range(2, SWAPS + 2):
            target.deploy(deployment(bundle, f"v0.{number}.0"))
    for name, requests in (("keep-alive", kept), ("close", closed)):
        print(f"{name}: {requests.count} requests over {SWAPS} swaps, {len(requests.lost)} lost")
        assert requests.lost == []
        answers = [json.loads(text) for text in requests.answers]
        assert {answer["model_version"] for answer in answers} >= {f"v0.{n}.0" for n in range(2, SWAPS + 1)}
        assert {round(answer["outputs"][0]["data"][0], 6) for answer in answers} == {11.0}
    target.retire(PLACE)
    assert target.observe() == {}


def test_what_the_server_says_comes_back_and_the_old_one_stays(bundle: Path, root: Path, tmp_path: Path) -> None:
    target = ProcessRuntime(project(root), root=root, deadlines=Deadlines(ready=60))
    before = target.deploy(deployment(bundle, "v0.1.0"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model.skops").write_bytes(b"no archive")
    (broken / "signature.json").write_bytes((bundle / "signature.json").read_bytes())
    with pytest.raises(DeployFailed) as failure:
        target.deploy(deployment(broken, "v0.2.0", artefact="b"))
    assert any("v0.2.0" in line for line in failure.value.details)
    assert target.observe() == {PLACE: before}
    assert ask(before.endpoint, f"/v2/models/{PLACE.model}/infer", INFER)["model_version"] == "v0.1.0"


def test_killed_workers_and_supervisors_come_back(bundle: Path, root: Path) -> None:
    target = ProcessRuntime(project(root), root=root)
    wanted = deployment(bundle, "v0.1.0")
    endpoint = target.deploy(wanted).endpoint
    os.kill(status(root)["workers"][0], signal.SIGKILL)

    def healthy() -> bool:
        seen = target.observe()[PLACE]
        return isinstance(seen, Running) and seen.health is Health.HEALTHY

    eventually(lambda: not healthy())
    eventually(healthy)
    os.kill(status(root)["pid"], signal.SIGKILL)
    eventually(lambda: target.observe() == {})
    assert target.deploy(wanted).endpoint == endpoint
    assert ask(endpoint, "/v2/health/ready")["ready"] is True
