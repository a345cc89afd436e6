"""When paths changed last, in histories that are not one line, and where the history that is here ends."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlspec.adapters.git.changes import last_changes
from mlspec.domain.folder import Folder


class History:
    """A repository whose commits have the times that they are told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *args: str, time: int = 0) -> None:
        when = {"GIT_COMMITTER_DATE": f"@{time} +0000", "GIT_AUTHOR_DATE": f"@{time} +0000"} if time else {}
        subprocess.run(["git", *args], cwd=self.folder, check=True, capture_output=True, env=os.environ | when)

    def commit(self, time: int, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", str(time), time=time)


@pytest.fixture
def made(repo: Path) -> History:
    return History(repo)


T = 1_900_000_000


def test_a_merge_is_no_change_of_what_a_branch_brought(made: History) -> None:
    made.commit(T, a="1", b="1")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit(T + 10, a="2")
    made.git("checkout", "--quiet", "-")
    made.commit(T + 20, b="2")
    made.git("merge", "--quiet", "--no-ff", "side", time=T + 30)
    assert last_changes(str(made.folder), ["a", "b"]) == {"a": T + 10, "b": T + 20}


@pytest.mark.parametrize("folder", ["", "a/b"])
@pytest.mark.parametrize("relative", ["false", "true"])
def test_a_merge_that_has_another_content_than_both_sides_is_one(made: History, folder: str, relative: str) -> None:
    """Of a merge git names the files from its top, wherever it runs; also where the user wants relative names."""
    made.git("config", "diff.relative", relative)
    home, file = Folder(folder), Folder(folder).outward("data")
    made.commit(T, **{file: "1"})
    made.git("checkout", "--quiet", "-b", "side")
    made.commit(T + 10, **{file: "2"})
    made.git("checkout", "--quiet", "-")
    made.commit(T + 20, b="2", data="elsewhere" if folder else "1")
    made.git("merge", "--quiet", "--no-ff", "--no-commit", "side", time=T + 30)
    made.commit(T + 40, **{file: "3"})
    assert last_changes(str(made.folder / folder), ["data"], home) == {"data": T + 40}


def test_a_branch_named_as_git_marks_the_end_of_a_shallow_history_is_a_branch(made: History) -> None:
    made.commit(T, a="1")
    made.git("branch", "grafted")
    made.git("config", "log.decorate", "full")
    assert last_changes(str(made.folder), ["a"]) == {"a": T}


def test_where_a_shallow_history_ends_nothing_is_known(made: History, tmp_path: Path) -> None:
    made.commit(T, a="1")
    made.commit(T + 10, b="1")
    made.commit(T + 20, c="1")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "2", made.folder.as_uri(), clone], check=True)
    assert last_changes(str(clone), ["a", "b", "c"]) == {"a": None, "b": None, "c": T + 20}
    subprocess.run(["git", "fetch", "--quiet", "--unshallow"], cwd=clone, check=True)
    assert last_changes(str(clone), ["a", "b", "c"]) == {"a": T, "b": T + 10, "c": T + 20}
