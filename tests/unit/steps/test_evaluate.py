"""evaluate and score measure what scikit-learn measures, and name the metric that doesn't fit."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import skops.io
from sklearn import metrics as sk

from mlspec.domain.metrics import METRICS
from mlspec.steps.models import SKLEARN_INTERNALS
from mlspec.steps.params import load_params
from mlspec.steps.score import run as score

Project = Any


def of(task: str) -> list[str]:
    """The names of all metrics of a task."""
    return [name for name, metric in METRICS.items() if metric.task == task]


def test_all_metrics_of_three_classes(project: Project) -> None:
    project.params["evaluation"]["metrics"] = of("classification")
    project.run("prepare", "train", "evaluate")
    found = project.read("metrics.json")
    assert set(found) == {*of("classification"), "model_size"}
    rows = pd.read_csv(project.model / "prepared/test.csv")
    model = skops.io.load(project.model / "model/model.skops", trusted=list(SKLEARN_INTERNALS))
    matrix, truth = rows[["width", "length"]].to_numpy(), rows["kind"]
    assert found["recall"] == sk.recall_score(truth, model.predict(matrix), average="macro")
    assert found["roc_auc"] == sk.roc_auc_score(truth, model.predict_proba(matrix), multi_class="ovr")
    assert found["model_size"] == sum(path.stat().st_size for path in (project.model / "model").iterdir())


def test_all_metrics_of_two_classes(project: Project) -> None:
    text = "\n".join(["width,kind", *(f"{row % 7},{'yes' if row % 7 > row % 3 + 1 else 'no'}" for row in range(60))])
    project.source(text + "\n")
    project.params["training"]["exclude"] = []
    project.params["training"] |= {"estimator": "sklearn.linear_model.LogisticRegression", "params": {}}
    project.params["evaluation"]["metrics"] = of("classification")
    project.run("prepare", "train", "evaluate")
    found = project.read("metrics.json")
    rows = pd.read_csv(project.model / "prepared/test.csv")
    model = skops.io.load(project.model / "model/model.skops")
    matrix, truth = rows[["width"]].to_numpy(dtype=float), rows["kind"]
    assert found["precision"] == sk.precision_score(truth, model.predict(matrix), pos_label="yes")
    assert found["roc_auc"] == sk.roc_auc_score(truth == "yes", model.predict_proba(matrix)[:, 1])
    assert found["average_precision"] == sk.average_precision_score(truth == "yes", model.predict_proba(matrix)[:, 1])


def test_all_metrics_of_a_regression(project: Project) -> None:
    project.params["split"]["stratify"] = None
    project.params["training"] |= {"target": "width", "estimator": "sklearn.linear_model.Ridge", "params": {}}
    project.params["evaluation"]["metrics"] = of("regression")
    project.run("prepare", "train", "evaluate")
    found = project.read("metrics.json")
    assert set(found) == {*of("regression"), "model_size"}
    assert found["root_mean_squared_error"] == pytest.approx(found["mean_squared_error"] ** 0.5)


@pytest.mark.parametrize(
    ("estimator", "metric", "told"),
    [
        ("sklearn.svm.LinearSVC", "log_loss", "log_loss can't be measured: the estimator has no predict_proba"),
        ("sklearn.svm.LinearSVC", "roc_auc", "roc_auc can't be measured: the estimator has no predict_proba"),
        ("sklearn.svm.LinearSVC", "r2", "r2 is for regression, but the model is for classification"),
        ("sklearn.svm.LinearSVC", "accurracy", "there is no metric accurracy (did you mean accuracy?)"),
    ],
)
def test_a_metric_that_does_not_fit_is_named(project: Project, estimator: str, metric: str, told: str) -> None:
    project.params["training"] |= {"estimator": estimator, "params": {"random_state": 0}}
    project.params["evaluation"]["metrics"] = ["accuracy", metric]
    assert told in project.fail("prepare", "train", "evaluate")
    assert not (project.model / "metrics.json").exists()


def test_a_metric_that_is_not_defined_is_named(project: Project) -> None:
    project.source("width,kind\n" + "1,a\n2,b\n" * 20)
    project.params["training"]["exclude"] = []
    project.params["evaluation"]["metrics"] = ["roc_auc"]
    project.run("prepare", "train")
    (project.model / "prepared/test.csv").write_text("width,kind\n1,a\n1,a\n")
    assert "roc_auc is not defined on these 2 test rows" in project.fail("evaluate")


def test_a_regression_on_one_row_is_not_asked_for_classes(project: Project) -> None:
    project.source("width,kind\n" + "1,1.5\n2,2.5\n" * 20)
    project.params["split"]["stratify"] = None
    project.params["training"] |= {"estimator": "sklearn.linear_model.LinearRegression", "params": {}, "exclude": []}
    project.params["evaluation"]["metrics"] = ["r2"]
    project.run("prepare", "train")
    (project.model / "prepared/test.csv").write_text("width,kind\n1,1.5\n")
    told = project.fail("evaluate")
    assert "r2 is not defined on these 1 test rows" in told
    assert "class" not in told


def test_missing_numbers_in_the_test_rows_are_named(project: Project) -> None:
    project.params["training"] |= {"estimator": "sklearn.linear_model.LogisticRegression", "params": {}}
    project.run("prepare", "train")
    (project.model / "prepared/test.csv").write_text("width,length,colour,kind\n1,,red,0\n1,2,red,1\n")
    assert "missing values, but there are some in length (1)" in project.fail("evaluate")


def test_another_model_is_scored_on_our_rows(project: Project) -> None:
    project.run("prepare", "train", "evaluate")
    (project.model / "model").rename(project.folder / "other")
    project.params["training"]["params"] |= {"n_estimators": 1, "max_depth": 1}
    ours = project.read("metrics.json")
    project.run("train", "evaluate")
    assert project.read("metrics.json")["accuracy"] < ours["accuracy"]
    assert score(load_params(project.model / "params.yaml"), project.folder / "other") == ours


def test_a_model_of_something_else_is_refused(project: Project) -> None:
    project.run("prepare", "train")
    project.params["training"]["target"] = "colour"
    assert "predicts kind, not colour" in project.fail("evaluate")
