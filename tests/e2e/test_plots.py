"""Plots and metrics by DVC's own commands: what mlspec leaves in git is what they read."""

from __future__ import annotations

import json

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow


def test_dvc_draws_a_version_and_compares_two(project: Project) -> None:
    project.edit("specs/toy.yaml", "  metrics: [accuracy]", "  metrics: [accuracy]\n  plots: [confusion_matrix, roc]")
    project.mlspec("compile")
    project.commit("plots")
    project.mlspec("apply", "--yes", "--only", "train")
    assert project.git("ls-files", "models/toy/plots").split() == [
        "models/toy/plots/confusion_matrix.csv",
        "models/toy/plots/roc.csv",
    ]
    assert project.status == ""
    shown = json.loads(project.dvc("plots", "show", "--json"))["data"]["models/toy/plots/confusion_matrix.csv"]
    assert len(shown[0]["content"]["data"]["values"]) == 18

    # one plot less, another parameter: the file is gone, and DVC compares with the former version
    project.edit("specs/toy.yaml", "[confusion_matrix, roc]", "[confusion_matrix]")
    project.spec("C: 1.0", "C: 0.001")
    project.mlspec("apply", "--yes", "--only", "train")
    assert project.git("ls-files", "models/toy/plots") == "models/toy/plots/confusion_matrix.csv"
    compared = json.loads(project.dvc("plots", "diff", "--json", "toy@v0.1.0"))["data"]
    (drawn,) = compared["models/toy/plots/confusion_matrix.csv"]
    assert sorted(drawn["revisions"]) == ["toy@v0.1.0", "workspace"]
    changed = json.loads(project.dvc("metrics", "diff", "--json", "--all", "toy@v0.1.0"))["models/toy/metrics.json"]
    assert changed["accuracy"].keys() >= {"old", "new"}
