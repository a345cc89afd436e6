"""A model's answers on rows that it has not seen, beside the truth; all of them, or some."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Rows = np.ndarray[Any, Any]


class Unfit(Exception):
    """A metric that can't be measured, and why."""


@dataclass(frozen=True)
class Trial:
    """A model, the rows that it is tried on and the truth; two classes are judged by the second, more by their mean."""

    model: Any
    rows: Any
    truth: np.ndarray[Any, Any]

    @cached_property
    def predicted(self) -> np.ndarray[Any, Any]:
        """What the model predicts."""
        return np.asarray(self.model.predict(self.rows))

    @property
    def classes(self) -> np.ndarray[Any, Any]:
        """The model's classes."""
        return np.asarray(self.model.classes_)

    @property
    def binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.classes) == 2

    @cached_property
    def probabilities(self) -> np.ndarray[Any, Any]:
        """A column for each class; Unfit where the model has none."""
        if not hasattr(self.model, "predict_proba"):
            raise Unfit("the estimator has no predict_proba")
        return np.asarray(self.model.predict_proba(self.rows))

    @cached_property
    def decisions(self) -> np.ndarray[Any, Any]:
        """What the decision function gives."""
        return np.asarray(self.model.decision_function(self.rows))

    @cached_property
    def ranking(self) -> np.ndarray[Any, Any]:
        """What the rows can be ranked by: probabilities, or the decision function of two classes."""
        if self.binary and not hasattr(self.model, "predict_proba") and hasattr(self.model, "decision_function"):
            return self.decisions
        return self.probabilities[:, 1] if self.binary else self.probabilities

    def take(self, rows: Rows) -> Trial:
        """The same answers on some of the rows (positions or a mask), without asking the model again."""
        return Trial(_Answers(self, rows), None, self.truth[rows])


class _Answers:
    """A trial's answers on some rows, in the form of a model that gives them."""

    def __init__(self, trial: Trial, rows: Rows) -> None:
        self.classes_ = getattr(trial.model, "classes_", None)
        self.predict = lambda _: trial.predicted[rows]
        if hasattr(trial.model, "predict_proba"):
            self.predict_proba = lambda _: trial.probabilities[rows]
        if hasattr(trial.model, "decision_function"):
            self.decision_function = lambda _: trial.decisions[rows]
