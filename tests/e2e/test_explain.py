"""A plan says what changed inside of files, where that is at hand, and how long the training will take."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from e2e.project import ESTIMATOR, Project

pytestmark = pytest.mark.slow

CODE = """\
import skops.io
import yaml
from pandas import read_csv
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train() -> None:
    rows = read_csv("models/toy/prepared/train.csv")
    params = yaml.safe_load(open("models/toy/params.yaml").read())["training"]["params"]
    model = make_pipeline(StandardScaler(), LogisticRegression(**params))
    skops.io.dump(model.fit(rows[["a", "b"]].to_numpy(), rows["y"].to_numpy()), "models/toy/toy.skops")


train()
"""


def because(project: Project) -> dict[str, Any]:
    """subject → details of why the toy is to be trained."""
    (action,) = [item for item in project.plan()["actions"] if item["action"] == "train"]
    return {reason["subject"]: reason.get("details") for reason in action["because"]}


def test_rows_and_columns_of_the_data_are_told(trained_project: Project) -> None:
    project = trained_project
    lines = project.read("data/rows.csv").splitlines()
    changed = [lines[0], *lines[2:5], lines[5].rpartition(",")[0] + ",7", *lines[6:], "0.1,0.2,0"]
    project.write("data/rows.csv", "\n".join(changed) + "\n")
    assert because(project) == {
        "data/rows.csv": ["rows: 1 added, 1 removed, 1 changed (60 before, 60 now)", "cells changed: y 1"]
    }
    done = project.mlspec("plan", "--markdown", "plan.md")
    assert "rows: 1 added, 1 removed, 1 changed (60 before, 60 now)" in done.out
    assert "rows: 1 added, 1 removed, 1 changed" in project.read("plan.md")
    # a training has been, so it is known how long one takes
    (action,) = [item for item in project.plan("--jobs", "2")["actions"] if item["action"] == "train"]
    assert action["forecast"]["trainings"] == 1
    assert action["forecast"]["seconds"] > 0
    assert "takes:   about" in done.out

    # a saved plan is applied all the same in a clone that has less at hand
    project.commit("data")
    project.mlspec("plan", "--out", "toy.plan")
    shutil.rmtree(project.root / ".mlspec")
    project.spec("  params: {C: 1.0}", "  params: {C: 1.0}\n  compute: {timeout: 100ms}")
    assert any("training.compute.timeout is 0.1s" in text for text in project.plan()["warnings"])


def test_functions_of_the_code_are_told(project: Project) -> None:
    project.write("train.py", CODE)
    command = "  command: python train.py\n  outs: [models/toy/toy.skops]\n"
    project.edit("specs/toy.yaml", ESTIMATOR, command)
    project.mlspec("compile")
    project.commit("code")
    project.mlspec("apply", "--yes", "--only", "train")
    project.edit("train.py", "StandardScaler(), L", "StandardScaler(with_mean=False), L")
    project.edit("train.py", "\n\ntrain()\n", "\n\ndef helper() -> int:\n    return 1\n\n\n# go\ntrain()\n")
    assert because(project) == {"train.py": ["train() changed (train.py:9)", "helper() added (train.py:16)"]}
    project.edit("train.py", "(with_mean=False)", "()")
    project.edit("train.py", "def helper() -> int:\n    return 1\n\n\n", "")
    assert "train:toy" not in project.planned(), "a comment trains nothing"


def test_data_in_dvc_is_told_from_its_cache(project: Project) -> None:
    project.git("rm", "--quiet", "--cached", "data/rows.csv")
    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("in DVC")
    project.mlspec("apply", "--yes", "--only", "train")
    project.write("data/rows.csv", project.read("data/rows.csv") + "0.5,0.5,1\n")
    project.dvc("add", "--quiet", "data/rows.csv")
    assert because(project) == {"data/rows.csv": ["rows: 1 added (60 before, 61 now)"]}
    shutil.rmtree(project.root / ".dvc/cache")
    assert because(project) == {"data/rows.csv": None}, "what is not at hand is told by its digests"
