"""package takes what a user's command wrote, after a look at it."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

Project = Any


@pytest.fixture
def rows(project: Project) -> pd.DataFrame:
    """The prepared rows of a project whose training is a command."""
    project.params["training"] |= {"estimator": None, "command": "python train.py", "model": "out/trained.skops"}
    project.run("prepare")
    Path("out").mkdir()
    return pd.read_csv(project.model / "prepared/train.csv")


def store(model: object) -> None:
    """What the command writes."""
    skops.io.dump(model, "out/trained.skops")


def test_a_model_on_an_array(project: Project, rows: pd.DataFrame) -> None:
    store(LogisticRegression().fit(rows[["width", "length"]].to_numpy(), rows["kind"]))
    project.run("package", "evaluate")
    signature = project.read("model/signature.json")
    assert signature["layout"] == "array"
    assert [each["name"] for each in signature["inputs"]] == ["width", "length"]
    assert signature["output"]["classes"] == [0, 1, 2]
    assert project.read("metrics.json")["accuracy"] > 0.7


def test_a_model_on_a_frame_names_its_features(project: Project, rows: pd.DataFrame) -> None:
    store(Ridge().fit(rows[["length", "width"]], rows["kind"]))
    project.run("package")
    signature = project.read("model/signature.json")
    assert signature["layout"] == "frame"
    assert [each["name"] for each in signature["inputs"]] == ["length", "width"]
    assert signature["task"] == "regression"


def test_equal_models_give_equal_bundles(project: Project, rows: pd.DataFrame) -> None:
    bundles = []
    for _ in range(2):
        store(LogisticRegression().fit(rows[["width", "length"]].to_numpy(), rows["kind"]))
        project.run("package")
        bundles.append((project.model / "model/model.skops").read_bytes())
    assert bundles[0] == bundles[1]


def test_what_does_not_fit_is_told(project: Project, rows: pd.DataFrame) -> None:
    assert "out/trained.skops: cannot be read: No such file" in project.fail("package")
    Path("out/trained.skops").write_text("pickle")
    assert "is not a skops file" in project.fail("package")
    store(StandardScaler().fit(rows[["width"]]))
    assert "which can't predict" in project.fail("package")
    store(LogisticRegression().fit(rows[["width"]].to_numpy(), rows["kind"]))
    assert "takes 1 features, but the prepared data has 2" in project.fail("package")
    store(LogisticRegression())
    assert "can't predict rows of the prepared data: NotFittedError" in project.fail("package")
    store(LogisticRegression().fit(rows[["width"]].rename(columns={"width": "girth"}), rows["kind"]))
    assert "needs a column girth, which the prepared data has not" in project.fail("package")
    store(LogisticRegression().fit(rows[["width", "kind"]], rows["kind"]))
    assert "was fitted on the target, kind, as a feature" in project.fail("package")
    project.params["training"]["exclude"] = []
    store(LogisticRegression().fit(rows[["width", "length", "kind"]].to_numpy(), rows["kind"]))
    assert "was fitted on an array, but colour hold text" in project.fail("package")


def test_a_type_is_loaded_only_when_it_is_trusted(
    project: Project, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = types.ModuleType("flower_rules")
    rule = type("Rule", (ClassifierMixin, BaseEstimator), {"predict": lambda _, rows: rows[:, 0].astype(int)})
    rule.__module__ = "flower_rules"
    module.Rule = rule  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flower_rules", module)
    model = rule()
    model.classes_ = [0, 1, 2]
    store(model)
    told = project.fail("package")
    assert (
        "holds types that are not trusted: flower_rules.Rule (where you know them, add them to serving.trust)" in told
    )
    project.params["training"]["trust"] = ["flower_rules.Rule"]
    project.run("package", "evaluate")
    assert project.read("metrics.json")["accuracy"] > 0.5
