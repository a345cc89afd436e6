"""Following origin."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.pulling import pull
from mlspec.adapters.lock import project_lock
from mlspec.errors import MlspecError


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, name: str) -> str:
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Ours, and one that pushes."""
    ours, theirs, origin = tmp_path / "ours", tmp_path / "theirs", tmp_path / "origin"
    git(tmp_path, "init", "--quiet", "--bare", "-b", "main", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(theirs))
    git(theirs, "switch", "--quiet", "-C", "main")
    commit(theirs, "first")
    git(theirs, "push", "--quiet", "origin", "main")
    git(tmp_path, "clone", "--quiet", str(origin), str(ours))
    return ours, theirs


def pushed(clones: tuple[Path, Path], name: str = "second") -> str:
    ours, theirs = clones
    made = commit(theirs, name)
    git(theirs, "push", "--quiet", "origin", "main")
    git(ours, "fetch", "--quiet")
    return made


def test_the_branch_follows(clones: tuple[Path, Path]) -> None:
    ours, _ = clones
    assert pull(Command(ours)) == ""
    made = pushed(clones)
    assert (pull(Command(ours)), git(ours, "rev-parse", "HEAD"), (ours / "second").exists()) == (made, made, True)


def test_a_branch_that_is_ahead_stays(clones: tuple[Path, Path]) -> None:
    ours, _ = clones
    commit(ours, "mine")
    assert pull(Command(ours)) == ""


def test_what_has_parted_is_left_alone(clones: tuple[Path, Path]) -> None:
    ours, _ = clones
    mine = commit(ours, "mine")
    pushed(clones)
    with pytest.raises(MlspecError, match="gone separate ways"):
        pull(Command(ours))
    assert git(ours, "rev-parse", "HEAD") == mine


def test_edits_are_left_alone(clones: tuple[Path, Path]) -> None:
    ours, _ = clones
    pushed(clones)
    (ours / "first").write_text("edited")
    with pytest.raises(MlspecError, match="uncommitted changes"):
        pull(Command(ours))
    assert (ours / "first").read_text() == "edited"


def test_nothing_changes_under_another_project_of_the_clone(clones: tuple[Path, Path]) -> None:
    """One that trains its first version has changed nothing that git tracks, and reads code all the time."""
    ours, _ = clones
    before, made = git(ours, "rev-parse", "HEAD"), pushed(clones)
    locks = [ours / ".git/mlspec--a.lock", ours / ".git/mlspec--b.lock"]
    with (
        project_lock(locks[1], verb="apply"),
        pytest.raises(MlspecError, match="at work on another project of this clone") as caught,
    ):
        pull(Command(ours), locks)
    assert "verb apply" in caught.value.details
    assert (git(ours, "rev-parse", "HEAD"), (ours / "second").exists()) == (before, False)
    assert pull(Command(ours), locks) == made
    with project_lock(locks[0]), project_lock(locks[1]):
        assert pull(Command(ours), locks) == "", "nobody else is asked where there is no news"


def test_no_branch_and_no_origin_are_nothing_to_follow(clones: tuple[Path, Path]) -> None:
    ours, theirs = clones
    git(ours, "switch", "--quiet", "--detach")
    assert pull(Command(ours)) == ""
    git(theirs, "switch", "--quiet", "-c", "topic")
    assert pull(Command(theirs)) == ""
