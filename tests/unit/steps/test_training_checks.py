"""Checks of the training code, on code that is sound and on code that is not; by estimator and by command."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

Project = Any

COMMAND = """\
import csv, sys, skops.io
from sklearn.tree import DecisionTreeClassifier
rows = list(csv.DictReader(open(SOURCE)))
model = DecisionTreeClassifier(max_depth=DEPTH, random_state=0)
model.fit([[float(row["width"]), float(row["length"])] for row in rows], [int(row["kind"]) for row in rows])
skops.io.dump(model, "models/flower/trained.skops")
"""


def by_command(project: Project, source: str, depth: str = "None") -> None:
    """A command of one's own, in a repository of git."""
    code = COMMAND.replace("SOURCE", repr(source)).replace("DEPTH", depth)
    (project.folder / "train.py").write_text(code)
    for args in (["init", "-q"], ["add", "train.py", "data.csv"]):
        subprocess.run(["git", *args], check=True)
    command = f"{sys.executable} train.py"
    project.params["training"] |= {"estimator": None, "command": command, "model": "models/flower/trained.skops"}
    project.run("prepare")
    subprocess.run(command, shell=True, check=True)
    project.run("package")


def test_sound_code_overfits_and_falls_to_chance(project: Project) -> None:
    project.params["evaluation"]["checks"] = {"rows": 12, "repeats": 2}
    project.run("prepare", "train", "evaluate")
    found = project.read("metrics.json")["checks"]
    assert found["overfit_one_batch"] > 0.9
    assert found["label_shuffle"] < 0.5
    again = (project.model / "metrics.json").read_bytes()
    project.run("evaluate")
    assert (project.model / "metrics.json").read_bytes() == again


def test_code_that_learns_too_little_does_not_overfit(project: Project) -> None:
    project.params["evaluation"]["checks"] = {"rows": 12}
    project.params["training"] |= {"estimator": "sklearn.dummy.DummyClassifier", "params": {}}
    project.run("prepare", "train", "evaluate")
    assert project.read("metrics.json")["checks"]["overfit_one_batch"] == pytest.approx(1 / 3)


def test_a_model_without_skill_has_none_to_lose(project: Project) -> None:
    project.params["evaluation"]["checks"] = {"repeats": 1}
    project.params["training"] |= {"estimator": "sklearn.dummy.DummyClassifier", "params": {}}
    project.run("prepare", "train", "evaluate")
    assert "checks" not in project.read("metrics.json")


def test_numbers_are_checked_too(project: Project) -> None:
    project.params["evaluation"] = {"metrics": ["r2"], "checks": {"rows": 20, "repeats": 1}}
    project.params["split"]["stratify"] = None
    project.params["training"] |= {"target": "width", "exclude": [], "params": {"random_state": 0, "n_estimators": 20}}
    project.params["training"]["estimator"] = "sklearn.ensemble.RandomForestRegressor"
    project.run("prepare", "train", "evaluate")
    found = project.read("metrics.json")["checks"]
    assert found["overfit_one_batch"] > 0.7
    assert found["label_shuffle"] < 0.5


def test_a_command_is_run_in_a_copy_with_other_rows(project: Project) -> None:
    by_command(project, "models/flower/prepared/train.csv")
    before = (project.folder / "models/flower/trained.skops").read_bytes()
    project.params["evaluation"]["checks"] = {"rows": 12, "repeats": 1}
    project.run("evaluate")
    found = project.read("metrics.json")["checks"]
    assert found["overfit_one_batch"] == 1.0
    assert found["label_shuffle"] < 0.6
    assert (project.folder / "models/flower/trained.skops").read_bytes() == before


def test_a_command_that_reads_the_labels_elsewhere_is_found_out(project: Project) -> None:
    by_command(project, "data.csv")
    project.params["evaluation"]["checks"] = {"repeats": 1}
    project.run("evaluate")
    assert project.read("metrics.json")["checks"]["label_shuffle"] == 1.0


def test_a_command_that_lacks_a_file_there_is_told(project: Project) -> None:
    by_command(project, "data.csv")
    subprocess.run(["git", "rm", "-q", "--cached", "data.csv"], check=True)
    project.params["evaluation"]["checks"] = {"repeats": 1}
    told = project.fail("evaluate")
    assert "evaluation.checks.label_shuffle: training.command failed with exit code 1 in a copy" in told
    assert "name what it reads in training.deps" in told
    project.params["evaluation"]["checks"] = {"repeats": 1, "deps": ["data.csv"]}
    project.run("evaluate")
