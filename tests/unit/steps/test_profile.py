"""The profile: the same bytes for the same rows, bins as documented, and the server counts them as training did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlspec.errors import MlspecError
from mlspec.serving.profile import read_profile
from mlspec.steps.params import Fineness
from mlspec.steps.profile import _categories, _edges, _numbers

Project = Any
FINE = {"bins": 20, "categories": 50}


@pytest.fixture
def profiled(project: Project) -> Project:
    """A model on numbers and a category, with its profile."""
    project.params["training"] |= {"exclude": [], "estimator": "sklearn.ensemble.HistGradientBoostingClassifier"}
    project.params["training"]["params"] = {"max_iter": 5, "random_state": 1}
    project.params["monitoring"] = FINE
    project.run("prepare", "train", "profile")
    return project


def test_the_server_counts_the_training_rows_as_training_did(profiled: Project) -> None:
    document = profiled.read("profile.json")
    rows = pd.read_csv(profiled.model / "prepared/train.csv")
    profile = read_profile(profiled.model / "profile.json", ["width", "length", "colour"])
    assert profile is not None
    assert [bins.kind for bins in profile.bins] == ["number", "number", "category", "category"]
    for bins, told in zip(profile.columns, document["columns"], strict=True):
        values = rows[bins.name].tolist()
        assert bins.count(values).tolist() == [*told["counts"], told["missing"]] == list(bins.reference)
    assert document["rows"] == len(rows) == sum(profile.columns[0].reference)


def test_the_same_rows_give_the_same_bytes(profiled: Project) -> None:
    first = (profiled.model / "profile.json").read_bytes()
    profiled.run("profile")
    assert (profiled.model / "profile.json").read_bytes() == first
    assert b"red" in first  # a category's name
    assert b"0.12" not in json.dumps(json.loads(first)["prediction"]).encode()


def test_answers_are_counted_on_the_test_rows(profiled: Project) -> None:
    prediction = profiled.read("profile.json")["prediction"]
    test = pd.read_csv(profiled.model / "prepared/test.csv")
    assert prediction["values"] == ["0", "1", "2"]
    assert sum(prediction["counts"]) == len(test)


def test_numbers_have_bins_of_as_many_rows() -> None:
    found = _numbers(np.arange(100.0), Fineness(10, 50))
    assert found["edges"] == [9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0]
    assert found["counts"] == [10] * 10


def test_ties_and_missing_values() -> None:
    found = _numbers(np.array([0.0] * 90 + [1.0] * 10 + [np.nan] * 5), Fineness(20, 50))
    assert (found["edges"], found["counts"], found["missing"]) == ([0.0], [90, 10], 5)


def test_a_constant_column_shows_what_is_below_and_above_it() -> None:
    edges = _edges(np.array([3.0, 3.0]), 20)
    assert np.searchsorted(edges, [2.9, 3.0, 3.1]).tolist() == [0, 1, 2]
    assert _numbers(np.array([np.nan]), Fineness(20, 50)) == {
        "kind": "number",
        "edges": [],
        "counts": [0],
        "missing": 1,
    }


def test_only_so_many_categories_are_named() -> None:
    found = _categories(["c", "b", "b", "a", "a", "", "d"], Fineness(20, 3))
    assert found == {"kind": "category", "values": ["a", "b", "c"], "counts": [2, 2, 1, 1], "missing": 1}


def test_without_monitoring_there_is_nothing_to_do(project: Project) -> None:
    with pytest.raises(MlspecError, match="nothing is monitored"):
        project.run("prepare", "train", "profile")
    assert not Path(project.model / "profile.json").exists()


def test_a_model_in_a_format_of_its_own_is_profiled_by_what_it_is_trained_on(project: Project) -> None:
    project.params["monitoring"] = FINE
    project.params["training"] |= {"estimator": None, "command": "./train", "outs": ["weights"]}
    project.run("prepare", "profile")
    document = project.read("profile.json")
    assert [(each["name"], each["kind"]) for each in document["columns"]] == [("width", "number"), ("length", "number")]
    assert "prediction" not in document
    assert document["rows"] == sum(document["columns"][0]["counts"]) == 90
