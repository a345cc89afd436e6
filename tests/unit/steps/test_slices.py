"""evaluate measures slices and the baseline where the spec asks for them, and only there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from mlspec.steps.evaluation import SliceBy
from mlspec.steps.slices import measure_slices
from mlspec.steps.table import Table
from mlspec.steps.trial import Trial

Project = Any

STEPS = ("prepare", "train", "evaluate")


def test_nothing_of_this_is_there_unless_asked_for(project: Project) -> None:
    project.run(*STEPS)
    assert set(project.read("metrics.json")) == {"accuracy", "model_size"}


def test_slices_by_value_of_a_column_that_the_model_does_not_see(project: Project) -> None:
    project.params["evaluation"]["slices"] = [{"column": "colour", "min_rows": 8}]
    project.run(*STEPS)
    slices = project.read("metrics.json")["slices"]["colour"]
    rows = pd.read_csv(project.model / "prepared/test.csv")["colour"].value_counts()
    assert {name: found["rows"] for name, found in slices.items()} == rows.to_dict()
    assert {name for name, found in slices.items() if "accuracy" in found} == set(rows[rows >= 8].index)


def test_slices_by_quantiles_hold_every_row_once(project: Project) -> None:
    project.params["evaluation"]["slices"] = [{"column": "length", "bins": 3, "min_rows": 1}]
    project.run(*STEPS)
    slices = project.read("metrics.json")["slices"]["length"]
    assert sum(found["rows"] for found in slices.values()) == 30
    assert len(slices) == 3
    assert all(5 <= found["rows"] <= 15 for found in slices.values())


def test_missing_values_are_a_slice_of_their_own(project: Project) -> None:
    text = (project.folder / "data.csv").read_text().splitlines()
    text[1:41] = [",".join([cells[0], "", *cells[2:]]) for cells in (line.split(",") for line in text[1:41])]
    project.source("\n".join(text) + "\n")
    project.params["training"]["exclude"] = ["colour", "length"]
    project.params["evaluation"]["slices"] = [{"column": "length", "bins": 2, "min_rows": 1}]
    project.run(*STEPS)
    slices = project.read("metrics.json")["slices"]["length"]
    assert "missing" in slices
    assert sum(found["rows"] for found in slices.values()) == 30


def parts(values: list[Any], kind: str, bins: int | None = None) -> dict[str, float]:
    """Slice → rows, of a column of these values."""
    frame = pd.DataFrame({"column": pd.Series(values, dtype=object if kind == "category" else "float64")})
    table = Table(frame, {"column": kind}, {}, {})
    trial = Trial(DummyClassifier(), None, np.zeros(len(values)))
    found = measure_slices([SliceBy("column", bins, 10**6)], (), trial, table, Path("test.csv"))
    return {name: part["rows"] for name, part in found["column"].items()}


def test_near_numbers_do_not_share_a_name() -> None:
    start = 1_700_000_000.0
    bins = parts([start + n for n in range(40)], "number", bins=4)
    assert list(bins.values()) == [10, 10, 10, 10]
    assert next(iter(bins)) == "1.7e+09 to 1.70000001e+09"
    assert parts([1e15, 1e15 + 1, 1e15 + 1], "integer") == {"1000000000000000": 1, "1000000000000001": 2}


def test_names_are_as_short_as_they_were_where_that_tells_them_apart() -> None:
    assert list(parts([0.0, 1 / 3, 2 / 3, 1.0], "number", bins=3)) == [
        "0 to 0.333333",
        "0.333333 to 0.666667",
        "0.666667 to 1",
    ]
    assert list(parts([1 / 3, 2.0], "number")) == ["0.333333333333", "2"]


def test_a_text_that_says_missing_is_not_a_missing_one() -> None:
    assert parts(["missing", "", "", "a"], "category") == {"(missing)": 2, "a": 1, "missing": 1}
    assert parts(["", "a"], "category") == {"missing": 1, "a": 1}


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"column": "color", "min_rows": 1}, "there is no column color (did you mean colour?)"),
        ({"column": "colour", "bins": 4, "min_rows": 1}, "colour holds text, which has no bins"),
    ],
)
def test_a_column_that_can_not_be_sliced_by(project: Project, item: dict[str, Any], told: str) -> None:
    project.params["evaluation"]["slices"] = [item]
    assert told in project.fail(*STEPS)


def test_a_column_of_which_nearly_every_row_is_a_slice(project: Project, flower_csv: Any) -> None:
    project.source(flower_csv(1200))
    project.params["evaluation"]["slices"] = [{"column": "width", "min_rows": 1}]
    assert "values in 300 test rows" in project.fail(*STEPS)


def test_the_baseline_is_measured_beside_the_model(project: Project) -> None:
    project.params["evaluation"] |= {
        "baseline": {"estimator": "sklearn.dummy.DummyClassifier", "params": {}},
        "confidence": {"accuracy": [0.9]},
        "slices": [{"column": "kind", "min_rows": 5}],
    }
    project.run(*STEPS)
    found = project.read("metrics.json")
    baseline = found["baseline"]
    assert baseline["accuracy"] == pytest.approx(1 / 3)
    gain = found["accuracy"] - baseline["accuracy"]
    assert baseline["bounds"]["accuracy@0.9"]["low"] < gain < baseline["bounds"]["accuracy@0.9"]["high"]
    assert found["bounds"]["accuracy@0.9"]["low"] < found["accuracy"]
    assert set(baseline["slices"]["kind"]) == {"0", "1", "2"}
    again = (project.model / "metrics.json").read_bytes()
    project.run("evaluate")
    assert (project.model / "metrics.json").read_bytes() == again


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        ("sklearn.linear_model.Ridge", "evaluation.baseline: sklearn.linear_model.Ridge is for regression"),
        ("sklearn.dummy.DummyClasifier", "evaluation.baseline.estimator: there is no sklearn.dummy.DummyClasifier"),
    ],
)
def test_a_baseline_that_does_not_fit(project: Project, estimator: str, told: str) -> None:
    project.params["evaluation"]["baseline"] = {"estimator": estimator, "params": {}}
    assert told in project.fail(*STEPS)
