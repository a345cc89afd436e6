"""Plots: what DVC draws agrees with scikit-learn, and is small enough for git."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import auc, confusion_matrix, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlspec.errors import MlspecError
from mlspec.steps.plots import write_plots
from mlspec.steps.trial import Trial


def fitted(model: Any, data: tuple[Any, Any]) -> Trial:
    """A model tried on every other row."""
    rows, target = data
    return Trial(make_pipeline(StandardScaler(), model).fit(rows[::2], target[::2]), rows[1::2], target[1::2])


def drawn(folder: Path, name: str, trial: Trial) -> dict[str, list[float]]:
    """column → its values."""
    write_plots(folder, [name], trial)
    rows = list(csv.DictReader((folder / "plots" / f"{name}.csv").read_text().splitlines()))
    return {column: [float(row[column]) for row in rows] for column in rows[0]}


@pytest.fixture(scope="module")
def tumours() -> Trial:
    return fitted(LogisticRegression(), load_breast_cancer(return_X_y=True))


@pytest.fixture(scope="module")
def wines() -> Trial:
    return fitted(LogisticRegression(), load_wine(return_X_y=True))


def test_pairs_of_classes_count_up_to_the_confusion_matrix(wines: Trial, tmp_path: Path) -> None:
    found = drawn(tmp_path, "confusion_matrix", wines)
    assert (
        confusion_matrix(found["actual"], found["predicted"]) == confusion_matrix(wines.truth, wines.predicted)
    ).all()


def test_the_area_under_the_curve_is_the_metric(tumours: Trial, tmp_path: Path) -> None:
    found = drawn(tmp_path, "roc", tumours)
    area = auc(found["false_positive_rate"], found["true_positive_rate"])
    assert area == pytest.approx(roc_auc_score(tumours.truth, tumours.ranking), abs=1e-3)


def test_the_curve_of_several_classes_is_their_mean(wines: Trial, tmp_path: Path) -> None:
    found = drawn(tmp_path, "roc", wines)
    area = auc(found["false_positive_rate"], found["true_positive_rate"])
    expected = roc_auc_score(wines.truth, wines.probabilities, multi_class="ovr")
    assert area == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("which", ["tumours", "wines"])
def test_precision_and_recall_stay_between_0_and_1(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    found = drawn(tmp_path, "precision_recall", request.getfixturevalue(which))
    assert found["recall"] == sorted(found["recall"])
    assert all(0 <= value <= 1 for values in found.values() for value in values)


@pytest.mark.parametrize("which", ["tumours", "wines"])
def test_calibration_compares_what_was_said_with_what_came(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found = drawn(tmp_path, "calibration", request.getfixturevalue(which))
    assert found["predicted"] == sorted(found["predicted"])
    assert all(0 <= value <= 1 for values in found.values() for value in values)


def test_residuals_are_what_is_left(tmp_path: Path) -> None:
    trial = fitted(Ridge(), load_diabetes(return_X_y=True))
    found = drawn(tmp_path, "residuals", trial)
    assert np.add(found["predicted"], found["residual"]) == pytest.approx(trial.truth)


def test_many_rows_are_thinned(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(30_000, 1))
    trial = fitted(Ridge(), (rows, rows[:, 0]))
    assert len(drawn(tmp_path, "residuals", trial)["predicted"]) == 5000


def test_a_model_that_cannot_be_drawn_so_is_an_error(tmp_path: Path) -> None:
    trial = fitted(RidgeClassifier(), load_wine(return_X_y=True))
    with pytest.raises(MlspecError, match=r"evaluation.plots: roc can't be drawn: the estimator has no predict_proba"):
        write_plots(tmp_path, ["roc"], trial)
