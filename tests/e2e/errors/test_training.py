"""Trainings that fail: their last words are shown, nothing is registered, the tree is as it was."""

from __future__ import annotations

import pytest
from e2e.project import ESTIMATOR, Done, Project

COMMAND = "  command: python src/fit.py\n  deps: [src/fit.py]\n  outs: [out/m.skops]\n"


def fails(project: Project, *, first: bool = False) -> Done:
    """Apply, which fails and leaves everything as it was; once more as JSON, which says the same."""
    before = project.state
    done = project.mlspec("apply", "--yes", code=1)
    assert project.state == before
    assert project.tags == ([] if first else ["toy@v0.1.0"])
    assert "✗ train" in done.out
    assert "failed" in done.out
    assert "Applied: " in done.out
    return done


def commanded(project: Project, code: str, training: str = COMMAND) -> Project:
    """Train by a command with this code."""
    project.write("src/fit.py", code)
    project.write(".gitignore", project.read(".gitignore") + "/out/\n")
    project.spec(ESTIMATOR, training)
    return project


def test_a_failing_command(trained_project: Project) -> None:
    project = commanded(
        trained_project, "import sys\nprint('line', 41)\nprint('no luck', file=sys.stderr)\nsys.exit(7)\n"
    )
    told = fails(project).out
    assert "stage train failed with exit code 7" in told
    assert told.count("exit code 7") == 1
    assert "      line 41\n      no luck\n" in told
    assert "$ python src/fit.py\nline 41\nno luck\n" in project.read(".mlspec/logs/toy/train.log")
    done = project.mlspec("reconcile", "--json", code=1)
    outcomes = {item["id"]: item for item in done.json["outcomes"]}
    assert outcomes["train:toy"]["status"] == "failed"
    assert "exit code 7" in outcomes["train:toy"]["detail"]
    assert outcomes["train:toy"]["lines"] == ["line 41", "no luck"]
    assert outcomes["register:toy"]["status"] == "skipped"
    assert outcomes["deploy:toy:production"]["status"] == "skipped"


def test_a_command_that_is_killed(trained_project: Project) -> None:
    project = commanded(trained_project, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    told = fails(project).out
    assert "stage train was ended by SIGKILL" in told
    assert "memory" in told


def test_a_command_that_is_not_there(trained_project: Project) -> None:
    training = COMMAND.replace("python src/fit.py", "pyhton src/fit.py")
    told = fails(commanded(trained_project, "x = 1\n", training)).out
    assert "pyhton" in told
    assert "not found" in told
    assert "exit code 127" in told


def test_a_command_that_does_not_write_its_out(trained_project: Project) -> None:
    told = fails(commanded(trained_project, "print('done')\n")).out
    assert "out/m.skops" in told
    assert "does it write all its outputs?" in told
    assert "exit code 0" not in told


@pytest.mark.slow
def test_a_command_that_writes_something_else(trained_project: Project) -> None:
    code = "import pathlib\np = pathlib.Path('out/m.skops')\np.parent.mkdir(exist_ok=True)\np.write_text('hello')\n"
    told = fails(commanded(trained_project, code)).out
    assert "out/m.skops: is not a skops file that can be loaded" in told
    assert "write it with skops.io.dump" in told


def test_an_output_that_git_would_see(trained_project: Project) -> None:
    trained_project.write("src/fit.py", "x = 1\n")
    trained_project.spec(ESTIMATOR, COMMAND)
    told = fails(trained_project).out
    assert "git would see the output `out/m.skops`" in told
    assert "add /out/m.skops to .gitignore" in told
    assert not (
        trained_project.root / ".mlspec/logs/toy/train.log"
    ).exists() or "src/fit.py" not in trained_project.read(".mlspec/logs/toy/train.log")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("linear_model.LogisticRegression", "linear_model.LogisticRegresion", ["there is no", "did you mean"]),
        ("{C: 1.0}", "{C: -1.0}", ["training failed", "'C'", "see training.params"]),
    ],
    ids=["misspelt", "wrong value"],
)
def test_a_declared_estimator_that_cannot_be_trained(
    trained_project: Project, old: str, new: str, words: list[str]
) -> None:
    trained_project.spec(old, new)
    told = fails(trained_project).out
    for word in words:
        assert word in told
    assert "File " not in told


def test_a_lock_that_can_not_be_installed(trained_project: Project) -> None:
    trained_project.write("requirements.lock", "numpy==1.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    trained_project.spec("  target: y\n", "  target: y\n  environment: {lock: requirements.lock}\n")
    told = fails(trained_project).out
    assert "building the environment of requirements.lock failed" in told
    assert "numpy==1.0.0" in told
