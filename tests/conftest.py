"""Fixtures for all tests: an environment that is the same everywhere, and fresh git repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a test that fails once fails again. HYPOTHESIS_PROFILE=explore looks for new ones.
# How long an example takes says more about the machine than about us.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeat", UNHURRIED, derandomize=True)
settings.register_profile("explore", UNHURRIED, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

sys.path.insert(0, str(Path(__file__).parent))  # so that `from fakes.git import FakeGit` works everywhere

from fakes.engine import base_image, engine, engine_project, proxy_image, registry, restart_engine, stall_engine  # noqa: E402
from fakes.swarm import swarm  # noqa: E402

__all__ = [
    "base_image",
    "engine",
    "engine_project",
    "proxy_image",
    "registry",
    "restart_engine",
    "stall_engine",
    "swarm",
]  # fixtures for all tests

Git = Callable[..., str]

GLOBAL_CONFIG = """\
[user]
    name = Ada Tester
    email = ada@example.com
[init]
    defaultBranch = main
[gc]
    auto = 0
[commit]
    gpgSign = false
[tag]
    gpgSign = false
[advice]
    detachedHead = false
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Unlike `-m engine`, this leaves `-m` to whoever runs the tests."""
    parser.addoption("--engine", choices=("with", "without", "only"), default="with", help="tests that need Docker")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the engine, so that nobody forgets it, and leave out the half that is not wanted."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
    wanted = config.getoption("--engine")
    left_out = [item for item in items if (item.get_closest_marker("engine") is None) == (wanted == "only")]
    if wanted != "with" and left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home with a git configuration of its own, shared by all tests of a run."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".gitconfig").write_text(GLOBAL_CONFIG)
    return folder


@pytest.fixture(autouse=True)
def environment(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own settings reaches a test, and nothing of a test reaches the user."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "DVC_", "MLSPEC_", "XDG_")) or name in {"DOCKER_CONFIG", "DOCKER_CONTEXT"}:
            monkeypatch.delenv(name)
    settings = {
        "HOME": home,
        "MLSPEC_RUNTIME_DIR": tmp_path / "runtime",
        "GIT_CONFIG_GLOBAL": home / ".gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_TEST": "1",  # DVC's own switch: no look for updates on the network
        "DVC_GLOBAL_CONFIG_DIR": home / "dvc",
        "DVC_SYSTEM_CONFIG_DIR": home / "dvc-system",
        "DVC_SITE_CACHE_DIR": home / "dvc-site",
        "UV_OFFLINE": "1",  # environments are built of what a test brings
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))


def run_git(folder: Path, *args: str, data: str | None = None) -> str:
    """The standard output of one git command, without the last newline; AssertionError when it fails."""
    done = subprocess.run(
        ["git", *args], cwd=folder, input=data, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(args)}: {done.stderr}")
    return done.stdout.removesuffix("\n")


def make_repository(folder: Path) -> Path:
    """A new repository on branch `main` with one commit that holds README.md."""
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    (folder / "README.md").write_text("a project\n")
    run_git(folder, "add", "README.md")
    run_git(folder, "commit", "--quiet", "--message=first")
    return folder


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A fresh repository: branch `main`, one commit (README.md), an identity, no remote."""
    return make_repository(tmp_path / "repo")


@pytest.fixture
def git(repo: Path) -> Git:
    """`git("tag", "x")` runs git in `repo` and returns its standard output; AssertionError when it fails."""

    def run(*args: str, data: str | None = None) -> str:
        return run_git(repo, *args, data=data)

    return run


@pytest.fixture
def remote(repo: Path, git: Git, tmp_path: Path) -> Path:
    """A bare repository beside `repo`, its `origin`, with main pushed and origin/HEAD known."""
    folder = tmp_path / "remote.git"
    git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(folder))
    git("remote", "add", "origin", str(folder))
    git("push", "--quiet", "--set-upstream", "origin", "main")
    git("remote", "set-head", "origin", "main")
    return folder
