"""A DVC repository with one model, whose stages are small shell commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.adapters.dvc.setup import init

Stage = Callable[..., str]
Dvc = Callable[..., str]


@pytest.fixture
def project(repo: Path) -> Path:
    """The repository `repo` with DVC and data/x.csv."""
    init(repo)
    (repo / "data").mkdir()
    (repo / "data/x.csv").write_text("a,b\n1,2\n")
    (repo / ".gitignore").write_text("/.mlspec/\n")
    return repo


@pytest.fixture
def pipeline(project: Path) -> DvcPipeline:
    return DvcPipeline(project, patience=0.3)


@pytest.fixture
def stage(project: Path) -> Stage:
    """`stage(command, model="m")` writes models/m/dvc.yaml with one stage, train, and returns the file's path."""

    def write(command: str, model: str = "m", more: str = "") -> str:
        folder = project / "models" / model
        folder.mkdir(parents=True, exist_ok=True)
        text = f"stages:\n  train:\n    cmd: {command}\n    wdir: ../..\n    deps: [data/x.csv]\n"
        (folder / "dvc.yaml").write_text(f"{text}    outs: [models/{model}/model]\n{more}")
        (folder / ".gitignore").write_text("/model\n")
        return f"models/{model}/dvc.yaml"

    return write


@pytest.fixture
def dvc(project: Path) -> Dvc:
    """DVC's own command line in `project`: its output; AssertionError when it fails."""

    def run(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "dvc", *args],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
