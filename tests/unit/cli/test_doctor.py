"""The checkup where things are broken: it always ends, and says what is in the way."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.shop import CONTAINERS
from fakes.wanted import SPEC

from mlspec.adapters.dvc.setup import init as init_dvc
from mlspec.adapters.lock import project_lock
from mlspec.cli.console import Console
from mlspec.cli.probes.guard import guarded
from mlspec.cli.verbs.doctor import checks_text, run
from mlspec.errors import MlspecError
from mlspec.reconciler.checkup.check import Check, Status, note, ok, problem

Git = Callable[..., str]


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Path], dict[str, Any]]:
    """Run doctor in a folder: its findings by name, and its exit code under `exit`."""

    def look(folder: Path) -> dict[str, Any]:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = run(as_json=True)
        document = json.loads(capsys.readouterr().out)
        assert document["format"] == 1
        found = {check["name"]: check for check in document["checks"]}
        assert code == int(any(check["status"] == "problem" for check in found.values()))
        return found

    return look


def test_outside_of_a_repository(tmp_path: Path, examine: Any) -> None:
    found = examine(tmp_path)
    assert found["repository"]["status"] == "problem"
    assert "mlspec init" in found["repository"]["hint"]
    assert found["python"]["status"] == "ok"


def test_in_an_empty_repository(tmp_path: Path, examine: Any) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    found = examine(tmp_path)
    assert found["commit"]["status"] == "problem"
    assert "first commit" in found["commit"]["hint"]


def test_in_a_repository_that_is_no_project(repo: Path, examine: Any) -> None:
    found = examine(repo)
    assert found["dvc setup"]["status"] == "problem"
    assert found["specs"]["status"] == "note"
    assert found["ignored"]["status"] == "note"


def test_with_broken_specs(repo: Path, examine: Any) -> None:
    (repo / "specs").mkdir()
    (repo / "specs/a.yaml").write_text("apiVersion: mlspec/v1\nkind: Model\nnmae: a\n: [\n")
    found = examine(repo)
    assert found["specs"]["status"] == "problem"
    assert found["specs"]["message"].startswith("specs/a.yaml:")


def test_what_a_kill_leaves_behind(repo: Path, examine: Any) -> None:
    init_dvc(repo)
    (repo / ".gitignore").write_text("/.mlspec/\n")
    (repo / "models/a").mkdir(parents=True)
    (repo / "models/a/dvc.lock").touch()
    (repo / ".dvc/tmp").mkdir(exist_ok=True)
    (repo / ".dvc/tmp/rwlock").write_text('{"write": ')
    (repo / ".git/index.lock").touch()
    os.utime(repo / ".git/index.lock", (time.time() - 60,) * 2)
    found = examine(repo)
    assert "index.lock" in found["git locks"]["message"]
    assert found["git locks"]["status"] == found["dvc locks"]["status"] == "problem"
    assert "models/a/dvc.lock, .dvc/tmp/rwlock" in found["dvc locks"]["message"]
    assert found["ignored"]["status"] == found["dvc setup"]["status"] == "ok"
    assert (repo / ".git/index.lock").exists(), "looking mends nothing"


def test_dvc_that_cannot_be_opened(repo: Path, examine: Any) -> None:
    init_dvc(repo)
    (repo / ".dvc/config").write_text("[core\n")
    assert examine(repo)["dvc"]["status"] == "problem"


def test_a_runtime_folder_that_is_none(repo: Path, examine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSPEC_RUNTIME_DIR", str(repo / "README.md/below"))
    assert examine(repo)["runtime"]["status"] == "problem"


def test_another_mlspec_at_work(repo: Path, examine: Any) -> None:
    with project_lock(repo / ".git/mlspec.lock", verb="apply"):
        found = examine(repo)["lock"]
    assert found["status"] == "note"
    assert "verb apply" in found["message"]


def test_head_and_origin(repo: Path, git: Git, remote: Path, examine: Any) -> None:
    git("switch", "--quiet", "--create", "topic")
    found = examine(repo)
    assert found["branch"]["message"] == "this is topic: environments move only from main"
    assert "not fetched" in found["remote"]["message"]
    git("switch", "--quiet", "--detach")
    git("update-ref", "refs/mlspec-remote/project", "HEAD")
    found = examine(repo)
    assert found["branch"]["status"] == "problem"
    assert found["remote"]["status"] == "ok"


def test_an_engine_that_does_not_answer(repo: Path, git: Git, examine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{repo}/none.sock")
    (repo / "specs").mkdir()
    (repo / "specs/wine.yaml").write_text(SPEC)
    (repo / "specs/project.yaml").write_text(CONTAINERS)
    git("add", "--all")
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        found = examine(repo)
        gc.collect()  # the SDK leaves the socket of a refused connection open
    assert found["docker"]["status"] == "problem"
    assert f"unix://{repo}/none.sock" in found["docker"]["message"]
    assert found["servers"]["status"] == "ok", "what does not answer is told once"


def test_nothing_is_changed(repo: Path, git: Git, examine: Any) -> None:
    examine(repo)
    assert git("status", "--porcelain") == ""
    assert not (repo / ".git/mlspec.lock").exists()


def test_a_failing_probe_is_a_finding() -> None:
    def fail(error: Exception) -> Check:
        raise error

    known = guarded("x", lambda: fail(MlspecError("broken", hint="mend it", where="a:1")))
    assert known == [problem("x", "a:1: broken", "mend it")]
    (unknown,) = guarded("x", lambda: fail(KeyError("what")))
    assert unknown.status is Status.PROBLEM
    assert "KeyError" in unknown.message


def test_text_for_people() -> None:
    text = checks_text([ok("git", "2.39"), note("remote", "none", "add one"), problem("branch", "detached")], Console())
    assert text.splitlines() == [
        "✓ git     2.39",
        "! remote  none",
        "          → add one",
        "✗ branch  detached",
        "1 problem, 1 note.",
    ]
    assert checks_text([ok("git", "2.39")], Console()).endswith("All is well.")
