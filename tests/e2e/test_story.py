"""A user's day on the example projects: real git, DVC, GTO and servers, from `init` to a killed supervisor."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Project
from e2e.story_project import World
from fakes.load import Load, load
from fakes.processes import eventually

from mlspec.adapters.process.client import ask
from mlspec.adapters.process.runtime import ProcessRuntime
from mlspec.domain.actual import Place, Running

pytestmark = pytest.mark.slow

PLAN = {"format", "revision", "base", "summary", "actions", "held", "warnings"}
ACTION = {"id", "action", "model", "environment", "version", "because", "depends_on"}
REASON = {"kind", "subject", "old", "new", "where"}
HELD = {"model", "environment", "reason", "message"}
MODEL = {"name", "version", "environments", "reason", "leakage"}
PLACE = {"name", "target", "desired", "actual", "sync", "health", "endpoint", "reason", "drift"}


class Day:
    """A world in which one example model lives; each chapter leaves it as the next one finds it."""

    def __init__(self, folder: Path, model: str) -> None:
        folder.mkdir()
        self.world, self.model = World(folder), model
        command = [sys.executable, "-m", "mlspec", "init", "--example", model, "shop"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    @property
    def project(self) -> Project:
        return self.world.project

    @property
    def spec(self) -> str:
        return f"specs/{self.model}.yaml"

    def plan(self) -> dict[str, Any]:
        """The plan as JSON, of exactly the documented shape."""
        plan: dict[str, Any] = self.world.mlspec("plan", "--json").json
        assert (set(plan) - {"forecast"}, plan["format"]) == (PLAN, 1)
        assert plan["revision"] == self.project.git("rev-parse", "HEAD")
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", plan["base"])
        for action in plan["actions"]:
            assert set(action) == ACTION | ({"forecast"} if action["action"] == "train" else set())
            assert action["id"] == ":".join(filter(None, (action["action"], action["model"], action["environment"])))
            assert all(set(reason) - {"details"} == REASON for reason in action["because"])
        assert all(set(held) == HELD for held in plan["held"])
        assert sum(plan["summary"].values()) == len(plan["actions"])
        return plan

    def planned(self) -> dict[str, list[dict[str, Any]]]:
        """action → its reasons; every action is there once."""
        return {action["action"]: action["because"] for action in self.plan()["actions"]}

    def status(self) -> dict[str, Any]:
        """The status of production, of exactly the documented shape."""
        status = self.world.mlspec("status", "--json").json
        assert (set(status), status["format"]) == ({"format", "revision", "models"}, 1)
        (model,) = status["models"]
        (place,) = model["environments"]
        assert (set(model), set(place)) == (MODEL, PLACE)
        return dict(place) | {"newest": model["version"]}

    def serving(self) -> Running:
        """What production runs, asked of it."""
        running = self.world.running(self.model)
        assert running is not None
        return running

    def answers(self, version: str) -> None:
        """A prediction comes back, made by this version."""
        name = f"/v2/models/{self.model}/infer"
        with urllib.request.urlopen(f"{self.serving().endpoint}/v2/models/{self.model}", timeout=60) as answer:
            inputs = json.load(answer)["inputs"]
        rows = [
            {"name": column["name"], "shape": [1], "datatype": column["datatype"], "data": [1]} for column in inputs
        ]
        body = json.dumps({"inputs": rows}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.serving().endpoint + name, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["model_version"] == version

    def edit(self, old: str, new: str, path: str = "") -> int:
        """Change and commit a text of the spec or another file; the number of its line."""
        self.project.edit(path or self.spec, old, new)
        self.project.commit(f"{old} -> {new}")
        lines = self.project.read(path or self.spec).splitlines()
        return next(number for number, line in enumerate(lines, 1) if new.splitlines()[0] in line)

    def trainings(self) -> int:
        """A number that grows with each run of the train stage: its log is written anew."""
        return (self.project.root / f".mlspec/logs/{self.model}/train.log").stat().st_mtime_ns

    def is_clean(self) -> None:
        """Git and DVC agree that nothing is left to do."""
        assert self.project.status == ""
        assert self.project.dvc("status").strip() == "Data and pipelines are up to date."


@pytest.fixture
def day(environment: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Day]:
    made = Day(tmp_path / "world", request.param)
    yield made
    made.world.end()


@pytest.mark.parametrize("day", ["wine"], indirect=True)
def test_a_day_with_wine(day: Day) -> None:
    first_apply(day)
    tools_agree(day)
    a_gate_holds(day)
    what_must_not_train(day)
    data_changes(day)
    the_supervisor_is_killed(day)


def first_apply(day: Day) -> None:
    because = day.planned()
    assert because["train"][0]["kind"] == "NeverTrained"
    assert because["deploy"][0]["kind"] == "NothingRunning"
    versions = {action["action"]: action["version"] for action in day.plan()["actions"]}
    assert set(versions.values()) == {"known after train"}
    assert day.status()["health"] == "Missing"
    out = day.world.mlspec("apply", "--yes").out
    assert day.serving().endpoint in out
    assert day.project.tags == ["wine#production#1", "wine@v0.1.0"]
    day.answers("v0.1.0")
    assert day.plan()["actions"] == day.plan()["held"] == []
    place = day.status()
    assert (place["desired"], place["actual"], place["newest"]) == ("v0.1.0", "v0.1.0", "v0.1.0")
    assert (place["sync"], place["health"], place["target"]) == ("Synced", "Healthy", "process")
    assert place["endpoint"] == day.serving().endpoint
    day.is_clean()


def tools_agree(day: Day) -> None:
    """GTO and DVC see the same as we do, by their own commands."""
    gto = [Path(sys.executable).with_name("gto"), "show", "--json"]
    shown = json.loads(subprocess.run(gto, cwd=day.project.root, capture_output=True, check=True).stdout)
    assert (shown["wine"]["version"], shown["wine"]["stage"]) == ("v0.1.0", {"production": "v0.1.0"})
    dry = day.project.dvc("repro", "--dry", "models/wine/dvc.yaml")
    assert dry.count("didn't change, skipping") == 4, dry
    record = json.loads(day.project.git("tag", "--list", "--format=%(contents:body)", "wine@v0.1.0"))
    locked = day.project.read("models/wine/dvc.lock")
    (out,) = re.findall(r"path: models/wine/model\n\s+hash: md5\n\s+md5: ([0-9a-f]{32})\.dir", locked)[:1]
    listing = json.loads((day.project.root / f".dvc/cache/files/md5/{out[:2]}/{out[2:]}.dir").read_text())
    assert {item["relpath"]: item["md5"] for item in listing} == {
        item["path"]: item["md5"] for item in record["artefact"]
    }
    assert json.loads(day.project.read("models/wine/version.json")) == record


def a_gate_holds(day: Day) -> None:
    line = day.edit("max_depth: 8", "max_depth: 1")
    (reason,) = day.planned()["train"]
    where = f"specs/wine.yaml:{line}"
    assert (reason["kind"], reason["subject"]) == ("ParamChanged", "training.params.max_depth")
    assert (reason["old"], reason["new"], reason["where"]) == (8, 1, where)
    assert f"training.params.max_depth 8 -> 1 ({where})" in day.world.mlspec("plan").out
    refs, pid = day.project.git("for-each-ref", "refs/heads", "refs/tags"), supervisor(day)
    assert "held" in day.world.mlspec("reconcile").out
    assert day.project.git("for-each-ref", "refs/heads", "refs/tags") == refs
    assert supervisor(day) == pid
    day.answers("v0.1.0")
    day.is_clean()
    plan, trained = day.plan(), day.trainings()
    assert plan["actions"] == []
    assert [(held["model"], held["reason"]) for held in plan["held"]] == [("wine", "GateFailed")]
    assert "accuracy against production" in plan["held"][0]["message"]
    day.world.mlspec("reconcile")
    assert day.trainings() == trained
    assert (day.status()["sync"], day.status()["health"]) == ("Synced", "Healthy")
    day.project.git("revert", "--no-edit", "HEAD")
    assert day.plan()["actions"] == day.plan()["held"] == []
    day.world.mlspec("reconcile")
    assert day.trainings() == trained
    day.is_clean()


def what_must_not_train(day: Day) -> None:
    trained = day.trainings()
    day.edit("owners: [cellar@example.com]", "owners: [wine@example.com]")
    assert set(day.planned()) == {"register"}  # the record; an image gets its labels when it is built
    assert day.planned()["register"][0]["kind"] == "DescriptionChanged"
    day.world.mlspec("reconcile")
    assert day.planned() == {}
    day.edit("# a supervised local server", "# a comment")
    assert day.planned() == {}
    line = day.edit("production: {replicas: 1}", "production: {replicas: 2}")
    assert set(day.planned()) == {"scale"}
    (reason,) = day.planned()["scale"]
    assert (reason["kind"], reason["old"], reason["new"]) == ("ReplicasChanged", 1, 2)
    assert reason["where"] == f"specs/wine.yaml:{line}"
    day.world.mlspec("reconcile")
    assert (day.serving().replicas, day.planned()) == (2, {})
    day.answers("v0.1.0")
    assert day.trainings() == trained
    assert day.project.tags == ["wine#production#1", "wine@v0.1.0"]
    day.is_clean()


def data_changes(day: Day) -> None:
    data = day.project.read("data/wine.csv")
    day.project.write("data/wine.csv", data.rstrip("\n").rpartition("\n")[0] + "\n")
    (reason,) = day.planned()["train"]
    assert (reason["kind"], reason["subject"]) == ("DataChanged", "data/wine.csv")
    assert reason["where"].startswith("specs/wine.yaml:")
    assert "not committed" in day.plan()["warnings"][0]
    refused = day.world.mlspec("reconcile", code=1)
    assert "uncommitted" in refused.err
    day.project.write("data/wine.csv", data)
    assert day.planned() == {}


def the_supervisor_is_killed(day: Day) -> None:
    before = day.serving()
    os.kill(supervisor(day), signal.SIGKILL)
    eventually(lambda: day.world.running("wine") is None)
    assert set(day.planned()) == {"restart"}
    assert day.status()["health"] == "Missing"
    day.world.mlspec("reconcile")
    assert day.serving().endpoint == before.endpoint
    assert (day.serving().version, day.serving().replicas) == ("v0.1.0", 2)
    day.answers("v0.1.0")
    assert day.planned() == {}
    day.is_clean()
    events = [(event["action"], event["outcome"]) for event in day.world.mlspec("history", "--json").json["events"]]
    assert events[::-1] == [
        ("train", "trained"), ("deploy", "deployed"), ("train", "held"), ("register", "described"),
        ("scale", "deployed"), ("restart", "deployed"),
    ]  # fmt: skip


def supervisor(day: Day) -> int:
    """The process that watches production's servers."""
    pid: int = ask(day.world.runtime / "shop" / "production" / day.model, {"command": "status"}, 5)["pid"]
    return pid


REDEPLOYS = 5


def test_redeploys_under_load_lose_nothing(trained_project: Project) -> None:
    """Each redeploy is a change of the spec, a commit and a reconcile, while two clients ask all the time."""
    trained_project.mlspec("apply", "--yes")
    place = Place("production", "toy")
    before = ProcessRuntime("shop").observe()[place]
    assert isinstance(before, Running)
    body = json.dumps({"rows": [{"a": 0.9, "b": 0.9}]}).encode()
    kept, closed = (Load("/predict", body, pause=0.002) for _ in range(2))
    with load(before.endpoint, kept, keep_alive=1, close=0), load(before.endpoint, closed, keep_alive=0, close=1):
        for number in range(REDEPLOYS):
            settings = f"serving: {{limits: {{batch: {900 - number}}}}}\n"
            text = re.sub(r"^serving:.*\n", "", trained_project.read("specs/toy.yaml"), flags=re.MULTILINE)
            trained_project.write("specs/toy.yaml", text.replace("deploy:\n", f"{settings}deploy:\n"))
            trained_project.commit(f"a batch of {900 - number}")
            assert trained_project.planned() == ["compile:toy", "deploy:toy:production"]
            trained_project.mlspec("reconcile")
    after = ProcessRuntime("shop").observe()[place]
    assert isinstance(after, Running)
    assert (after.endpoint, after.serve["limits.batch"]) == (before.endpoint, 901 - REDEPLOYS)
    for name, requests in (("keep-alive", kept), ("close", closed)):
        print(f"{name}: {requests.count} requests over {REDEPLOYS} redeploys, {len(requests.lost)} failed")
        assert requests.lost == []
        assert len(requests.answers) == 1
        assert requests.count > 20 * REDEPLOYS
