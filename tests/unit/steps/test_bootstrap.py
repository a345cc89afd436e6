"""Bounds of metrics and of differences: what theory says, the same each time, and nobody is asked twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlspec.errors import MlspecError
from mlspec.steps.bootstrap import bounds_of
from mlspec.steps.trial import Trial


class Answers:
    """A model that answers from a list, and counts how often it is asked."""

    classes_ = np.array([0, 1])

    def __init__(self, answers: np.ndarray[Any, Any]) -> None:
        self.answers, self.asked = answers, 0

    def predict(self, _rows: Any) -> np.ndarray[Any, Any]:
        self.asked += 1
        return self.answers


TRUTH = np.array([0, 1] * 200)


def trial(wrong: int) -> Trial:
    """A classifier that is wrong on the first so many of 400 rows."""
    answers = TRUTH.copy()
    answers[:wrong] = 1 - answers[:wrong]
    return Trial(Answers(answers), None, TRUTH)


def test_the_bounds_of_a_share_are_those_of_the_binomial() -> None:
    found = bounds_of({"accuracy": (0.95,)}, trial(80))["accuracy@0.95"]
    half = 1.645 * (0.8 * 0.2 / 400) ** 0.5
    assert found["low"] == pytest.approx(0.8 - half, abs=0.006)
    assert found["high"] == pytest.approx(0.8 + half, abs=0.006)


def test_two_models_are_compared_on_the_same_draws() -> None:
    ours, theirs = trial(80), trial(84)
    found = bounds_of({"accuracy": (0.9, 0.95)}, ours, theirs)
    assert set(found) == {"accuracy@0.9", "accuracy@0.95"}
    # 4 rows of 400 differ: were the draws not the same, the bounds would be ten times as far apart
    assert 0 <= found["accuracy@0.95"]["low"] <= found["accuracy@0.9"]["low"] <= 0.01
    assert 0.01 <= found["accuracy@0.95"]["high"] <= 0.025


def test_the_same_each_time_and_the_model_is_asked_once() -> None:
    one, two = trial(50), trial(50)
    assert bounds_of({"accuracy": (0.95,)}, one) == bounds_of({"accuracy": (0.95,)}, two)
    assert one.model.asked == 1


def test_a_metric_that_most_draws_do_not_define_is_an_error() -> None:
    alone = Trial(Scores(), None, np.array([1] + [0] * 39))
    with pytest.raises(MlspecError, match=r"roc_auc is defined on .* of 1000 draws"):
        bounds_of({"roc_auc": (0.9,)}, alone)


class Scores(Answers):
    """Ranks forty rows."""

    def __init__(self) -> None:
        super().__init__(np.zeros(40, dtype=int))

    def decision_function(self, _rows: Any) -> np.ndarray[Any, Any]:
        return np.linspace(0, 1, 40)
