"""A features function together with what else looks at rows: searches by time and group, and checks of the training."""

from __future__ import annotations

import csv
import random
from typing import Any

import pytest

Project = Any

DOUBLED = """
def make(rows):
    made = rows[["width"]] * 2
    made["reddish"] = rows["colour"] == "red"
    return made
"""
SEARCH = {
    "method": "grid",
    "trials": None,
    "folds": 3,
    "seed": 0,
    "metric": "accuracy",
    "space": {"max_depth": [1, 4]},
}


def dated(rows: int = 120) -> str:
    """The flowers, each with a day and a bed; the beds of each kind are its own."""
    draw = random.Random(1)
    lines = ["width,colour,day,bed,kind"]
    for row in range(rows):
        kind = row % 3
        width, colour = kind + draw.random() * 1.5, ["red", "blue", "white"][kind]
        lines.append(f"{width:.3f},{colour},2024-{1 + row // 28:02}-{1 + row % 28:02},bed{row % 12},{kind}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def flowers(project: Project, own: Any) -> Project:
    """A features function that drops day and bed, which the split is by."""
    own(DOUBLED)
    project.source(dated())
    project.params["training"]["exclude"] = []
    return project


@pytest.mark.parametrize(
    "split",
    [
        {"test": 0.25, "stratify": None, "seed": 1, "group": "bed"},
        {"test": 0.25, "time": {"column": "day", "test": 0.25}},
    ],
    ids=["group", "time"],
)
def test_a_search_parts_rows_by_columns_that_the_function_drops(flowers: Project, split: dict[str, Any]) -> None:
    flowers.params["split"] = split
    flowers.params["training"]["search"] = SEARCH
    flowers.run("transform", "prepare", "train", "evaluate")
    assert flowers.read("search.json")["trials"] == 2
    with (flowers.model / "trials.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2
    assert [each["name"] for each in flowers.read("model/signature.json")["features"]["columns"]] == [
        "width",
        "reddish",
    ]
    assert flowers.read("metrics.json")["accuracy"] > 0.5


def test_the_checks_of_the_training_know_what_the_function_makes(flowers: Project) -> None:
    flowers.params["evaluation"]["checks"] = {"rows": 12, "repeats": 2}
    flowers.params["training"]["params"] = {"n_estimators": 30, "random_state": 7}
    flowers.run("transform", "prepare", "train", "evaluate")
    found = flowers.read("metrics.json")["checks"]
    assert found["overfit_one_batch"] > 0.9
    assert found["label_shuffle"] < 0.5


def test_a_training_that_can_not_overfit_is_found_out_behind_a_function(flowers: Project) -> None:
    flowers.params["evaluation"]["checks"] = {"rows": 12, "repeats": 1}
    flowers.params["training"] |= {"estimator": "sklearn.dummy.DummyClassifier", "params": {}}
    flowers.run("transform", "prepare", "train", "evaluate")
    assert flowers.read("metrics.json")["checks"] == {"overfit_one_batch": pytest.approx(1 / 3)}


def test_a_search_and_the_checks_together(flowers: Project) -> None:
    flowers.params["split"] = {"test": 0.25, "time": {"column": "day", "test": 0.25}}
    flowers.params["training"]["search"] = SEARCH
    flowers.params["evaluation"]["checks"] = {"rows": 12, "repeats": 1}
    flowers.run("transform", "prepare", "train", "evaluate")
    assert flowers.read("metrics.json")["checks"]["overfit_one_batch"] > 0.7
