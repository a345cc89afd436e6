"""train fits what the spec names, and says plainly what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io

from mlspec.steps.models import SKLEARN_INTERNALS

Project = Any


def load(project: Project) -> Any:
    """The trained model."""
    return skops.io.load(project.model / "model/model.skops", trusted=list(SKLEARN_INTERNALS))


def test_numbers_become_an_array(project: Project) -> None:
    project.run("prepare", "train")
    assert project.read("model/signature.json") == {
        "format": 1,
        "task": "classification",
        "inputs": [
            {"name": "width", "type": "number", "nullable": True},  # forests take missing values
            {"name": "length", "type": "number", "nullable": True},
        ],
        "output": {"name": "kind", "type": "integer", "classes": [0, 1, 2]},
        "layout": "array",
    }
    assert list(load(project).predict(np.array([[0.1, 0.5], [2.9, 0.5]]))) == [0, 2]


def test_text_becomes_a_frame(project: Project) -> None:
    project.params["training"] |= {"exclude": [], "estimator": "sklearn.linear_model.LogisticRegression", "params": {}}
    project.run("prepare", "train")
    signature = project.read("model/signature.json")
    assert signature["layout"] == "frame"
    assert signature["inputs"][2] == {"name": "colour", "type": "category", "values": ["blue", "red", "white"]}
    rows = pd.DataFrame({"width": [0.1, 2.9], "length": [0.5, 0.5], "colour": ["red", "green"]})
    assert list(load(project).predict(rows)) == [0, 2]


def test_text_that_was_missing_in_training_may_be_missing(project: Project) -> None:
    project.source("width,colour,size,kind\n" + "1,red,a,0\n2,,b,1\n" * 20)
    training = {"estimator": "sklearn.linear_model.LogisticRegression", "params": {}, "exclude": ["width"]}
    project.params["training"] |= training
    project.run("prepare", "train")
    assert project.read("model/signature.json")["inputs"] == [
        {"name": "colour", "type": "category", "values": ["", "red"], "nullable": True},
        {"name": "size", "type": "category", "values": ["a", "b"]},
    ]


def test_declared_types_win(project: Project) -> None:
    project.source("size,code,kind\n" + "1,10,a\n2,20,b\n" * 10)
    project.rules(code={"type": "category"}, size={"type": "integer"})
    project.params["training"] |= {"exclude": [], "estimator": "sklearn.linear_model.LogisticRegression", "params": {}}
    project.run("prepare", "train")
    signature = project.read("model/signature.json")
    assert signature["inputs"] == [
        {"name": "size", "type": "integer"},
        {"name": "code", "type": "category", "values": ["10", "20"]},
    ]
    assert signature["output"] == {"name": "kind", "type": "string", "classes": ["a", "b"]}


@pytest.mark.parametrize(
    ("cells", "kind", "classes"),
    [
        (("true", "false"), "boolean", [False, True]),
        (("1.0", "2.0"), "integer", [1, 2]),
        (("NA", "x"), "string", ["NA", "x"]),
    ],
)
def test_targets_of_all_kinds(project: Project, cells: tuple[str, str], kind: str, classes: list[object]) -> None:
    project.source("width,kind\n" + "".join(f"{row % 2}.5,{cells[row % 2]}\n" for row in range(20)))
    project.params["training"] |= {"exclude": []}
    project.params["evaluation"]["metrics"] = ["accuracy", "roc_auc", "f1", "log_loss"]
    project.run("prepare", "train", "evaluate")
    assert project.read("model/signature.json")["output"] == {"name": "kind", "type": kind, "classes": classes}
    assert project.read("metrics.json")["roc_auc"] == project.read("metrics.json")["accuracy"] == 1.0


def test_regression_has_no_classes(project: Project) -> None:
    project.params["split"]["stratify"] = None
    project.params["training"] |= {"target": "width", "estimator": "sklearn.linear_model.Ridge", "params": {}}
    project.run("prepare", "train")
    signature = project.read("model/signature.json")
    assert (signature["task"], signature["output"]) == (
        "regression",
        {"name": "width", "type": "number", "classes": None},
    )


def test_features_are_taken_in_the_order_given(project: Project) -> None:
    project.params["training"]["features"] = ["length", "width"]
    project.run("prepare", "train")
    assert [each["name"] for each in project.read("model/signature.json")["inputs"]] == ["length", "width"]


def test_missing_numbers_are_refused_by_name_unless_the_estimator_takes_them(project: Project) -> None:
    project.source("width,length,kind\n" + "1,,0\n,2,1\n1,2,1\n0,1,0\n" * 10)
    project.params["training"] |= {"exclude": [], "estimator": "sklearn.linear_model.LogisticRegression", "params": {}}
    assert "LogisticRegression takes no missing values, but there are some in width" in project.fail("prepare", "train")
    project.params["training"] |= {
        "estimator": "sklearn.ensemble.HistGradientBoostingClassifier",
        "params": {"max_iter": 2, "random_state": 0},
    }
    project.run("train", "evaluate")
    assert [each["nullable"] for each in project.read("model/signature.json")["inputs"]] == [True, True]


@pytest.mark.parametrize(
    ("training", "told"),
    [
        (
            {"estimator": "sklearn.ensemble.RandomForestClassifer"},
            "did you mean sklearn.ensemble.RandomForestClassifier?",
        ),
        (
            {"estimator": "sklearn.esemble.RandomForestClassifier"},
            "did you mean sklearn.ensemble.RandomForestClassifier?",
        ),
        ({"estimator": "RandomForestClassifier"}, "did you mean sklearn.ensemble.RandomForestClassifier?"),
        ({"estimator": "json.dumps"}, "json.dumps is not an estimator"),
        ({"estimator": "nowhere.Model"}, "there is no nowhere.Model"),
        ({"estimator": "sklearn.preprocessing.StandardScaler", "params": {}}, "is not an estimator"),
        ({"estimator": "sklearn.cluster.KMeans", "params": {}}, "neither a classifier nor a regressor"),
        ({"params": {"n_estimator": 5}}, "has no param n_estimator (did you mean n_estimators?)"),
        ({"params": {"n_estimators": -1}}, "training failed: The 'n_estimators' parameter"),
        ({"features": ["widht"]}, "training.features: there is no column widht (did you mean width?)"),
        ({"exclude": ["color"]}, "training.exclude: there is no column color (did you mean colour?)"),
        ({"features": ["kind"]}, "training.features has the target"),
        ({"exclude": ["width", "length", "colour"]}, "no features are left"),
        ({"target": "width"}, "holds numbers with fractions, but training.estimator is a classifier"),
        (
            {"target": "colour", "estimator": "sklearn.linear_model.Ridge", "params": {}},
            "holds no numbers, but training.estimator is a regressor",
        ),
    ],
)
def test_what_does_not_fit_is_told(project: Project, training: dict[str, Any], told: str) -> None:
    project.run("prepare")
    project.params["training"] |= {"exclude": []} | training
    assert told in project.fail("train")
    assert not (project.model / "model").exists()


def test_free_text_and_wrong_cells_are_no_features(project: Project) -> None:
    project.run("prepare")
    project.params["training"]["exclude"] = []
    project.rules(colour={"type": "string"})
    assert "column colour is free text" in project.fail("train")
    project.rules(colour={"type": "number"})
    assert "column colour is of type number, but holds 'red'" in project.fail("train")


def test_a_target_with_holes_is_told(project: Project) -> None:
    project.source("width,kind\n" + "1,a\n2,b\n3,\n" * 5)
    project.params["training"]["exclude"] = []
    told = "data.csv: training.target: kind is empty in 5 rows, the first in line 4 (drop these rows)"
    assert told in project.fail("prepare")
