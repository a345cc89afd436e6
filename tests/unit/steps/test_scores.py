"""A metric that says nothing on the rows at hand is left out, not 0: parts of the rows may lack a class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlspec.steps.scores import measure, measure_if_defined
from mlspec.steps.served import batches, to_json
from mlspec.steps.trial import Trial

OF_POSITIVES = ["precision", "recall", "f1", "jaccard", "average_precision", "matthews_corrcoef", "cohen_kappa"]
MEANS = [f"{name}_macro" for name in ("precision", "recall", "f1")]


class Perfect:
    """Answers the truth, for certain."""

    def __init__(self, classes: list[int], truth: np.ndarray[Any, Any]) -> None:
        self.classes_ = np.array(classes)
        self._truth = truth

    def predict(self, _rows: object) -> np.ndarray[Any, Any]:
        """The truth."""
        return self._truth

    def predict_proba(self, _rows: object) -> np.ndarray[Any, Any]:
        """One for the truth."""
        return (self._truth[:, None] == self.classes_).astype(float)


def perfect(classes: list[int], *values: int) -> Trial:
    """A perfect model's trial on these true values, ten times."""
    truth = np.array(values * 10)
    return Trial(Perfect(classes, truth), None, truth)


@pytest.mark.parametrize("name", OF_POSITIVES)
def test_two_classes_without_the_second_one_say_nothing(name: str) -> None:
    assert measure_if_defined(name, perfect([0, 1], 0)) is None
    assert measure_if_defined(name, perfect([0, 1], 0, 1)) == 1.0


@pytest.mark.parametrize("name", ["accuracy", *MEANS])
def test_what_one_class_can_say_is_measured(name: str) -> None:
    assert measure_if_defined(name, perfect([0, 1], 0)) == 1.0


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "jaccard", "average_precision", *MEANS])
def test_a_mean_over_classes_is_of_those_that_are_there(name: str) -> None:
    assert measure_if_defined(name, perfect([0, 1, 2], 0, 1)) == 1.0
    assert measure_if_defined(name, perfect([0, 1, 2], 0, 1, 2)) == 1.0


def test_a_model_that_never_says_the_second_class_has_no_recall() -> None:
    truth = np.array([0, 1] * 10)
    never = Trial(Perfect([0, 1], np.zeros_like(truth)), None, truth)
    assert [measure_if_defined(name, never) for name in ("recall", "f1", "precision", "matthews_corrcoef")] == [0.0] * 4


@pytest.mark.parametrize("name", [*OF_POSITIVES[:4], *MEANS])
def test_the_whole_test_part_is_measured_over_all_classes(name: str) -> None:
    assert measure(name, perfect([0, 1, 2], 0, 1), "classification") == pytest.approx(2 / 3)


def test_a_model_is_asked_once_for_its_decisions_whatever_is_drawn() -> None:
    class Decided:
        classes_ = np.array([0, 1])
        asked = 0

        def decision_function(self, _rows: object) -> np.ndarray[Any, Any]:
            self.asked += 1
            return np.linspace(-1, 1, 20)

    model = Decided()
    trial = Trial(model, None, np.array([0] * 10 + [1] * 10))
    assert [measure_if_defined("roc_auc", trial.take(np.arange(20))) for _ in range(3)] == [1.0] * 3
    assert model.asked == 1


def test_a_request_is_as_large_as_its_rows_allow() -> None:
    rows = [{"t": ""}, *({"t": "x" * 3000} for _ in range(600))]
    parts = list(batches(rows))
    assert [row for part in parts for row in part] == rows
    assert all(len(to_json({"rows": part})) < 1 << 20 for part in parts)
    assert [len(part) for part in batches([{"t": 1}] * 1001)] == [500, 500, 1]
