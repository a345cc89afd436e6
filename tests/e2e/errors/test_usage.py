"""Calls that cannot be understood, exit codes, and streams that scripts can rely on."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest
from e2e.project import Project


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plann"], "No such command 'plann'"),
        (["plan", "--outt", "x"], "No such option"),
        (["apply", "--only", "everything"], "everything"),
        (["apply", "--jobs", "0"], "greater than or equal to 1"),
        (["promote", "toy"], "Missing argument"),
        (["-C", "/nowhere/at/all", "plan"], "there is no folder /nowhere/at/all"),
        (["reconcile", "--watch", "soon"], "valid number"),
    ],
)
def test_a_usage_error_is_1_and_has_a_hint(project: Project, quick, words: list[str], message: str) -> None:
    done = quick(project, *words, code=1)
    assert message in done.err
    assert "hint: mlspec" in done.err
    assert "--help" in done.err
    assert done.out == ""


@pytest.mark.parametrize("verb", [["plan"], ["apply", "--yes"], ["reconcile"], ["status"]], ids=" ".join)
def test_unknown_names_are_told_with_a_suggestion(project: Project, quick, verb: list[str]) -> None:
    done = quick(project, *verb, "tyo", code=1)
    assert "no spec has the model `tyo`" in done.err
    assert "did you mean `toy`?" in done.err
    if verb != ["status"]:
        done = quick(project, *verb, "--env", "prodction", code=1)
        assert "the project has no environment `prodction`" in done.err
        assert "did you mean `production`?" in done.err
    assert done.out == ""


def test_other_verbs_know_names_too(project: Project, quick) -> None:
    assert "`tyo`" in quick(project, "history", "tyo", code=1).err
    assert "there are: none yet" in quick(project, "promote", "toy", "v1.0.0", "--to", "production", code=1).err
    assert "`1.0` is no version" in quick(project, "promote", "toy", "1.0", "--to", "production", code=1).err
    assert "no environment `prod`" in quick(project, "retire", "--env", "prod", "--yes", code=1).err
    assert "there is no kind `Modle`" in quick(project, "schema", "Modle", code=1).err
    assert "there is no example `whine`" in quick(project, "init", "x", "--example", "whine", code=1).err
    assert "nowhere" in quick(project, "status", "--at", "nowhere", code=1).err
    assert project.status == ""


def test_nobody_to_ask(project: Project) -> None:
    before = project.state
    done = project.mlspec("apply", code=1)
    assert "1 to train" in done.out
    assert "nobody can be asked" in done.err
    assert "hint: pass --yes" in done.err
    assert project.state == before


def test_somebody_who_says_no(project: Project) -> None:
    before = project.state
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb"):
        os.write(ours, b"n\n")
        done = subprocess.run(
            [sys.executable, "-m", "mlspec", "apply"],
            cwd=project.root,
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
        )
        os.close(theirs)
    assert done.returncode == 0
    assert "Apply? [y/N]" in done.stderr
    assert "nothing was done" in done.stderr
    assert project.state == before


def test_detailed_exit_codes(trained_project: Project, quick) -> None:
    assert quick(trained_project, "plan", "--detailed-exitcode", code=2).err == ""
    trained_project.spec("deploy:\n  production: {}\n", "")
    assert "No changes." in quick(trained_project, "plan", "--detailed-exitcode", code=0).out
    trained_project.edit("specs/toy.yaml", "target: y", "traget: y")
    assert quick(trained_project, "plan", "--detailed-exitcode", code=1).out == ""


def test_json_is_alone_on_standard_output(trained_project: Project, quick) -> None:
    trained_project.spec("deploy:\n  production: {}\n", "")
    for verb in (["plan"], ["apply"], ["reconcile"], ["status"], ["validate"], ["history"]):
        document = quick(trained_project, *verb, "--json").json
        assert document["format"] == 1
    done = quick(trained_project, "plan", "--json=../plan.json")
    assert "No changes." in done.out
    assert json.loads(trained_project.read("../plan.json"))["actions"] == []
    done = quick(trained_project, "plan", "--json", "../none/plan.json", code=1)
    assert "can't write ../none/plan.json" in done.err


def on_a_terminal(project: Project, *args: str, no_color: str = "") -> str:
    """What mlspec writes to a terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color}
    process = subprocess.Popen(
        [sys.executable, "-m", "mlspec", *args], cwd=project.root, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    found = b""
    try:
        while chunk := os.read(ours, 4096):
            found += chunk
    except OSError:  # a terminal whose other end is closed
        pass
    process.wait()
    os.close(ours)
    return found.decode()


def test_colour_only_where_it_is_wanted(project: Project) -> None:
    assert "\033[" in on_a_terminal(project, "plan")
    assert "\033[" not in on_a_terminal(project, "plan", no_color="1")
    assert "\033[" not in on_a_terminal(project, "--no-color", "plan")
    assert "\033[" not in on_a_terminal(project, "--no-color", "plan", "nobody")
    assert "\033[" not in project.mlspec("plan", env={**os.environ, "NO_COLOR": "", "TERM": "xterm"}).out
