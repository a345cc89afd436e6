"""Projects for end-to-end tests: `project` (a spec, compiled, nothing trained) and `trained_project` (v0.1.0 is there).

Both are copies of templates that are made once per run, so that a test costs no training. Nothing is promoted or
deployed in them; what a test deploys ends with it. Commands are the real `python -m mlspec`, as processes.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.project import SPEC, Project

from mlspec.adapters.process.runtime import ProcessRuntime


def table(rows: int = 60) -> str:
    """Two numbers and a class that they nearly tell: a straight line gets most rows right, not all."""
    chance = random.Random(7)
    lines = ["a,b,y"]
    for _ in range(rows):
        a, b = chance.random(), chance.random()
        lines.append(f"{a:.3f},{b:.3f},{int(a + b + chance.gauss(0, 0.35) > 1)}")
    return "\n".join(lines) + "\n"


@contextmanager
def once(folder: Path) -> Iterator[bool]:
    """Whether this process is the one to fill the folder; others wait until it is filled."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder.with_suffix(".ready")
        yield not ready.exists()
        ready.touch()


def shared(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run with pytest-xdist have in common."""
    base = factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "templates"


@pytest.fixture(scope="session")
def project_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ask for it by `request.getfixturevalue` from a test's own fixture: it needs that one's environment."""
    folder = shared(tmp_path_factory) / "shop"
    with once(folder) as first:
        if first:
            subprocess.run([sys.executable, "-m", "mlspec", "init", str(folder)], check=True, capture_output=True)
            made = Project(folder)
            made.write("data/rows.csv", table())
            made.write("specs/toy.yaml", SPEC)
            made.mlspec("compile")
            made.commit("toy")
    return folder


@pytest.fixture(scope="session")
def trained_template(tmp_path_factory: pytest.TempPathFactory, project_template: Path) -> Path:
    """The same, once trained and registered."""
    folder = shared(tmp_path_factory) / "trained" / "shop"
    with once(folder) as first:
        if first:
            shutil.copytree(project_template, folder, symlinks=True)
            Project(folder).mlspec("apply", "--yes", "--only", "train")
    return folder


def copied(template: Path, into: Path) -> Iterator[Project]:
    """A copy of a template; what it deployed ends with the test."""
    shutil.copytree(template, into / "shop", symlinks=True)
    yield Project(into / "shop")
    runtime = ProcessRuntime("shop")
    for place in runtime.observe():
        runtime.retire(place)


@pytest.fixture
def project(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A project `shop` whose model `toy` is compiled and was never trained; all is committed."""
    yield from copied(request.getfixturevalue("project_template"), tmp_path)


@pytest.fixture
def trained_project(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """The same, with toy@v0.1.0 registered; nothing is promoted or deployed."""
    yield from copied(request.getfixturevalue("trained_template"), tmp_path)
