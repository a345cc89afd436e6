"""Drift end to end: a real profile, a real server that dies, real traffic, and the command line that compares."""

from __future__ import annotations

import json
import os
import random
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Project
from fakes.processes import eventually

from mlspec.adapters.process.client import ask

pytestmark = pytest.mark.slow

WATCHED = """\
monitoring:
  drift:
    - {features: all, predictions: false, test: psi, max: 0.2, window: 400}
    - {features: [], test: chi_square, window: 400}
  requests: {sample: 1, keep: 100, redact: [a]}
  performance:
    labels: labels.csv
    label: outcome
    metrics:
      - {metric: accuracy, min: 0.7}
deploy:
  production: {replicas: 2}
"""
CHECKED = 3


class Production:
    """What runs the model, and callers that send it rows."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.chance = random.Random(5)
        self.sent = 0
        self.asked = 0
        self.truth: dict[str, int] = {}
        self.endpoint_now = ""

    @property
    def endpoint(self) -> str:
        (model,) = self.project.mlspec("status", "--json").json["models"]
        return str(model["environments"][0]["endpoint"])

    def send(self, rows: int, *, shift: float = 0.0) -> None:
        """Rows as in training, `b` pushed towards 1 by `shift`; in requests of 20."""
        self.endpoint_now = endpoint = self.endpoint
        self.sent += rows
        for _ in range(rows // 20):
            draw = [(self.chance.random(), self.chance.random()) for _ in range(20)]
            rows_sent = [{"a": a, "b": b + shift * (1 - b)} for a, b in draw]
            self.asked += 1
            body = {"id": f"r{self.asked}", "rows": rows_sent}
            self.truth |= {f"r{self.asked}/{i}": int(row["a"] + row["b"] > 1) for i, row in enumerate(rows_sent)}
            call(f"{endpoint}/predict", json.dumps(body).encode())
        self.settle(self.sent)

    def drift(self, code: int) -> dict[str, Any]:
        """The only report of `mlspec drift`, which ends by `code`."""
        (found,) = self.project.mlspec("drift", "--json", code=code).json["models"]
        return dict(found)

    def settle(self, rows: int) -> None:
        """Wait until so many are counted: a worker tells the others of its own every two seconds."""
        eventually(lambda: self.counted() == rows, seconds=30)

    def counted(self) -> int:
        """The rows of all workers, as one of them knows."""
        document = json.loads(call(f"{self.endpoint_now}/monitoring"))
        return sum(worker["rows"] for worker in document["workers"].values())

    def workers(self) -> list[int]:
        """The servers' process ids."""
        folder = Path(os.environ["MLSPEC_RUNTIME_DIR"]) / self.project.root.name / "production" / "toy"
        return list(ask(folder, {"command": "status"}, 10).get("workers", []))


def call(url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return bytes(response.read())


def restarted(production: Production, before: list[int]) -> Callable[[], bool]:
    return lambda: len(now := production.workers()) == len(before) and not set(now) & set(before)


def test_the_columns_that_moved_are_found_and_a_dead_server_forgets_nothing(trained_project: Project) -> None:
    project = trained_project
    text = project.read("specs/toy.yaml").replace("deploy:\n  production: {}\n", WATCHED)
    project.write("specs/toy.yaml", text)
    shared = project.read("specs/project.yaml")
    project.write(
        "specs/project.yaml",
        f"{shared}notify:\n  page: {{kind: command, command: cat >> told.jsonl; echo >> told.jsonl}}\n",
    )
    project.commit("watch it")
    (train,) = [action for action in project.plan()["actions"] if action["action"] == "train"]
    assert [reason["kind"] for reason in train["because"]] == ["MonitoringChanged"]
    before = project.read("models/toy/version.json")
    project.mlspec("apply", "--yes")
    record = json.loads(project.read("models/toy/version.json"))
    assert record["artefact"] == json.loads(before)["artefact"]  # nothing was trained
    assert (record["version"], project.planned()) == ("v0.1.0", [])

    production = Production(project)
    quiet = production.drift(0)
    assert {item["state"] for item in quiet["findings"]} == {"TooFew"}
    production.send(400)
    told = production.drift(0)
    assert (told["rows"], told["drifted"], told["unknown"]) == (400, [], "")
    assert {item["state"] for item in told["findings"]} == {"None"}

    pids = production.workers()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    eventually(restarted(production, pids), seconds=60)
    assert production.drift(0)["rows"] == 400

    production.send(400, shift=0.6)
    moved = production.drift(CHECKED)
    assert (moved["rows"], moved["drifted"]) == (800, ["b"])  # 18 test rows are too few to say that answers moved
    assert {item["rows"] for item in moved["findings"]} <= set(range(400, 441))
    (model,) = project.mlspec("status", "--json").json["models"]
    assert model["environments"][0]["drift"] == "Drift"
    assert "drift in b;" in project.mlspec("status").out
    assert "mlspec_feature_psi" in call(f"{production.endpoint}/metrics").decode()

    labels(project, production.truth)
    (well,) = production.drift(CHECKED)["performance"]
    assert (well["state"], well["rows"]) == ("None", 800)
    assert well["value"] > 0.7
    labels(project, {name: 1 - label for name, label in production.truth.items()})
    wrong = production.drift(CHECKED)
    assert wrong["degraded"] == ["accuracy"]

    for _ in range(2):
        project.mlspec("drift", "--notify", code=CHECKED)
    told = [json.loads(line) for line in project.read("told.jsonl").splitlines()]
    assert [(each["condition"], each["over"], each["environment"]) for each in told] == [
        ("drift", False, "production"),
        ("performance", False, "production"),
    ]
    assert "b: psi" in told[0]["message"]

    kept = json.loads(call(f"{production.endpoint}/monitoring/requests"))
    assert 0 < len(kept["requests"]) <= 200
    assert {row["row"]["a"] for row in kept["requests"]} == {None}
    assert all(0 <= row["row"]["b"] <= 1 for row in kept["requests"])
    less_and_less_is_kept(project, production, text)


def less_and_less_is_kept(project: Project, production: Production, text: str) -> None:
    """What a spec redacts or keeps no more goes from what was kept before."""
    project.write("specs/toy.yaml", text.replace("redact: [a]", "redact: [a, b]"))
    project.commit("b is nobody's business either")
    project.mlspec("apply", "--yes")
    less = json.loads(call(f"{production.endpoint}/monitoring/requests"))
    assert len(less["requests"]) > 0
    assert {row["row"]["b"] for row in less["requests"]} == {None}
    eventually(lambda: b'"b":null' in lines(project, "requests") and b'"b":0' not in lines(project, "requests"))
    project.write("specs/toy.yaml", text.replace("  requests: {sample: 1, keep: 100, redact: [a]}\n", ""))
    project.commit("keep none")
    project.mlspec("apply", "--yes")
    eventually(lambda: not lines(project, "requests") and bool(lines(project, "predictions")))


def lines(project: Project, kind: str) -> bytes:
    """What servers have kept on the disk, all workers together."""
    folder = Path(os.environ["MLSPEC_RUNTIME_DIR"]) / project.root.name / "production" / "toy" / "live"
    return b"".join(read(path) for path in folder.glob(f"{kind}-*"))


def read(path: Path) -> bytes:
    """A file's bytes; none where it goes this very moment."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def labels(project: Project, truth: dict[str, int]) -> None:
    """The true values, as they come in later."""
    project.write("labels.csv", "\n".join(["id,outcome", *(f"{name},{label}" for name, label in truth.items())]) + "\n")
