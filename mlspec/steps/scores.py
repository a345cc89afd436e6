"""The metrics of a model on rows that it has not seen, by scikit-learn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.preprocessing import label_binarize

from mlspec.domain.metrics import METRICS
from mlspec.errors import MlspecError
from mlspec.steps.records import did_you_mean


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
    def ranking(self) -> np.ndarray[Any, Any]:
        """What the rows can be ranked by: probabilities, or the decision function of two classes."""
        if self.binary and not hasattr(self.model, "predict_proba") and hasattr(self.model, "decision_function"):
            return np.asarray(self.model.decision_function(self.rows))
        return self.probabilities[:, 1] if self.binary else self.probabilities


def _average(score: Callable[..., Any]) -> Callable[[Trial], float]:
    def measure(trial: Trial) -> float:
        if trial.binary:
            given = {"average": "binary", "pos_label": trial.classes[1]}
        else:
            given = {"average": "macro", "labels": trial.classes}
        return float(score(trial.truth, trial.predicted, zero_division=0, **given))

    return measure


def _roc_auc(trial: Trial) -> float:
    if trial.binary:
        return float(sk.roc_auc_score(trial.truth == trial.classes[1], trial.ranking))
    given = {"multi_class": "ovr", "average": "macro", "labels": trial.classes}
    return float(sk.roc_auc_score(trial.truth, trial.ranking, **given))


def _average_precision(trial: Trial) -> float:
    if trial.binary:
        return float(sk.average_precision_score(trial.truth == trial.classes[1], trial.ranking))
    truth = label_binarize(trial.truth, classes=trial.classes)
    return float(sk.average_precision_score(truth, trial.ranking, average="macro"))


def _plain(score: Callable[..., Any]) -> Callable[[Trial], float]:
    return lambda trial: float(score(trial.truth, trial.predicted))


_MEASURES: Final[dict[str, Callable[[Trial], float]]] = {
    "accuracy": _plain(sk.accuracy_score),
    "balanced_accuracy": _plain(sk.balanced_accuracy_score),
    "precision": _average(sk.precision_score),
    "recall": _average(sk.recall_score),
    "f1": _average(sk.f1_score),
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": lambda trial: float(sk.log_loss(trial.truth, trial.probabilities, labels=trial.classes)),
    "r2": _plain(sk.r2_score),
    "mean_absolute_error": _plain(sk.mean_absolute_error),
    "median_absolute_error": _plain(sk.median_absolute_error),
    "mean_squared_error": _plain(sk.mean_squared_error),
    "root_mean_squared_error": _plain(sk.root_mean_squared_error),
    "mean_absolute_percentage_error": _plain(sk.mean_absolute_percentage_error),
    "max_error": _plain(sk.max_error),
}


def measure(name: str, trial: Trial, task: str) -> float:
    """One metric; MlspecError where it doesn't fit the task, the model or the rows."""
    metric = METRICS.get(name)
    if metric is None or name not in _MEASURES:
        raise MlspecError(f"evaluation.metrics: there is no metric {name}", hint=did_you_mean(name, METRICS))
    if metric.task != task:
        fitting = ", ".join(sorted(each for each, known in METRICS.items() if known.task == task))
        found = f"evaluation.metrics: {name} is for {metric.task}, but the model is for {task}"
        raise MlspecError(found, hint=f"there are: {fitting}")
    try:
        with warnings.catch_warnings():
            # told below, as an error
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            value = _MEASURES[name](trial)
    except (Unfit, ValueError) as error:
        raise MlspecError(f"evaluation.metrics: {name} can't be measured: {error}") from error
    if not math.isfinite(value):
        found = f"evaluation.metrics: {name} is not defined on these {len(trial.truth)} test rows"
        classes = "are there rows of each class? see split.stratify"
        raise MlspecError(found, hint=classes if task == "classification" else "more rows, or a larger split.test")
    return value
