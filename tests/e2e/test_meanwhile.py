"""Edits and commits in the same clone while `apply` trains: no version of what its commit does not hold."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from e2e.project import ESTIMATOR, Done, Project

FIT = """\
import time
from pathlib import Path

import pandas as pd
import skops.io
import yaml
from sklearn.linear_model import LogisticRegression

here = Path(".mlspec/meanwhile")
here.mkdir(parents=True, exist_ok=True)
(here / "began").touch()
while not (here / "go on").exists():
    time.sleep(0.05)
rows = pd.read_csv("models/toy/prepared/train.csv")
params = yaml.safe_load(Path("models/toy/params.yaml").read_text())["training"]["params"]
skops.io.dump(LogisticRegression(**params).fit(rows[["a", "b"]], rows["y"]), "models/toy/own.skops")
"""


@pytest.fixture
def waiting(project: Project) -> Project:
    """A training that goes on only when it is told to."""
    command = "  command: python fit.py\n  outs: [models/toy/own.skops]\n"
    project.edit("specs/toy.yaml", ESTIMATOR, command)
    project.write("fit.py", FIT)
    project.mlspec("compile")
    project.commit("a training of one's own")
    return project


@contextmanager
def in_a_training(project: Project, done: list[Done]) -> Iterator[None]:
    """While the training of an `apply` waits; then how that ended."""
    process = project.start("apply", "--yes", "--only", "train")
    try:
        end = time.monotonic() + 180
        while not (project.root / ".mlspec/meanwhile/began").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.1)
        yield
        project.write(".mlspec/meanwhile/go on", "")
        done.append(project.finish(process))
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.slow
def test_an_edit_and_a_commit_while_it_trains(waiting: Project) -> None:
    project, done = waiting, list[Done]()
    rows = project.read("data/rows.csv")
    with in_a_training(project, done):
        project.write("data/rows.csv", rows.replace(",1\n", ",0\n", 3))
    assert done[0].code == 1
    assert "`data/rows.csv` was changed while toy trained" in done[0].out
    assert (project.tags, project.status) == ([], " M data/rows.csv")
    assert "not committed, so that apply will refuse: data/rows.csv" in project.plan()["warnings"]

    project.write("data/rows.csv", rows)
    (project.root / ".mlspec/meanwhile/go on").unlink()
    (project.root / ".mlspec/meanwhile/began").unlink()
    with in_a_training(project, done):
        project.spec("{C: 1.0}", "{C: 2.0}")
    assert done[1].code == 1
    assert "while toy trained, which has another `specs/toy.yaml`" in done[1].out
    assert (project.tags, project.status) == ([], "")

    project.mlspec("apply", "--yes", "--only", "train")
    assert project.tags == ["toy@v0.1.0"]
    assert "C: 2.0" in project.git("show", "toy@v0.1.0:specs/toy.yaml")
    assert "C: 2.0" in project.git("show", "toy@v0.1.0:models/toy/params.yaml")
    assert hashlib.md5(rows.encode()).hexdigest() in project.git("show", "toy@v0.1.0:models/toy/dvc.lock")
    assert (project.status, [item for item in project.planned() if "train" in item]) == ("", [])
