"""Two at once: the second is told who is at work, looking is always possible."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from e2e.project import Project

HOLD = """\
import sys
from mlspec.adapters.lock import project_lock
with project_lock(".git/mlspec.lock", verb="reconcile"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(project: Project) -> Iterator[int]:
    """The pid of a process that holds the project's lock."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=project.root, stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid


@pytest.mark.parametrize(
    "verb",
    [["apply", "--yes"], ["reconcile"], ["compile"], ["promote", "toy", "v1.0.0", "--to", "production"],
     ["retire", "--env", "production", "--yes"]],
    ids=lambda verb: verb[0],
)  # fmt: skip
def test_the_second_one_is_told_who_is_at_work(project: Project, quick, holder: int, verb: list[str]) -> None:
    before = project.state
    done = quick(project, *verb, code=4)
    assert "another mlspec is at work here" in done.err
    assert f"pid {holder}" in done.err
    assert "verb reconcile" in done.err
    assert "hint: wait until it is done" in done.err
    assert done.out == ""
    assert project.state == before


def test_looking_is_possible_meanwhile(project: Project, quick, holder: int) -> None:
    for verb in (["plan"], ["status"], ["validate"], ["history"], ["compile", "--check"], ["graph"]):
        quick(project, *verb)


def test_a_killed_holder_holds_nothing(project: Project, quick, holder: int) -> None:
    os.kill(holder, 9)
    os.waitid(os.P_PID, holder, os.WEXITED | os.WNOWAIT)
    quick(project, "compile")
