"""The metrics of a model on rows that it has not seen, by scikit-learn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.preprocessing import label_binarize

from mlspec.domain.metrics import METRICS, SHORT
from mlspec.errors import MlspecError
from mlspec.steps.calibration import brier_score, expected_calibration_error
from mlspec.steps.records import did_you_mean
from mlspec.steps.trial import Trial, Unfit

Measure = Callable[[Trial], float]


def _average(score: Callable[..., Any], average: str = "", *, part: bool = False) -> Measure:
    """Of two classes the second one's, of more the plain mean, unless an average is named; `part`: see _OF_PARTS."""

    def measure(trial: Trial) -> float:
        given: dict[str, Any] = {"average": average or "macro", "labels": _there(trial) if part else trial.classes}
        if trial.binary and not average:
            _want_positives(trial, part=part)
            given = {"average": "binary", "pos_label": trial.classes[1]}
        return float(score(trial.truth, trial.predicted, zero_division=0, **given))

    return measure


def _roc_auc(trial: Trial) -> float:
    if trial.binary:
        return float(sk.roc_auc_score(trial.truth == trial.classes[1], trial.ranking))
    given = {"multi_class": "ovr", "average": "macro", "labels": trial.classes}
    return float(sk.roc_auc_score(trial.truth, trial.ranking, **given))


def _average_precision(trial: Trial, *, part: bool = False) -> float:
    if trial.binary:
        _want_positives(trial, part=part)
        return float(sk.average_precision_score(trial.truth == trial.classes[1], trial.ranking))
    kept = np.isin(trial.classes, trial.truth) if part else np.ones(len(trial.classes), dtype=bool)
    truth = label_binarize(trial.truth, classes=trial.classes)
    return float(sk.average_precision_score(truth[:, kept], trial.ranking[:, kept], average="macro"))


def _there(trial: Trial) -> Any:
    """The model's classes of which there are rows."""
    return trial.classes[np.isin(trial.classes, trial.truth)]


def _want_positives(trial: Trial, *, part: bool) -> None:
    if part and not (trial.truth == trial.classes[1]).any():
        raise Unfit("there is no row of the second class")


def _of_several(score: Callable[..., Any]) -> Measure:
    """Agreement beyond chance, which is none where there is nothing to tell apart."""

    def measure(trial: Trial) -> float:
        if len(np.unique(trial.truth)) < 2:
            raise Unfit("all rows are of one class")
        return float(score(trial.truth, trial.predicted))

    return measure


def _plain(score: Callable[..., Any]) -> Measure:
    return lambda trial: float(score(trial.truth, trial.predicted))


def _honest(score: Callable[..., float]) -> Measure:
    return lambda trial: score(trial.truth, trial.probabilities, trial.classes)


_AVERAGED: Final[Mapping[str, Callable[..., Any]]] = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
}
_MEASURES: Final[dict[str, Measure]] = {
    "accuracy": _plain(sk.accuracy_score),
    "balanced_accuracy": _plain(sk.balanced_accuracy_score),
    **{name: _average(score) for name, score in _AVERAGED.items()},
    **{f"{name}_macro": _average(score, "macro") for name, score in _AVERAGED.items()},
    **{f"{name}_weighted": _average(score, "weighted") for name, score in _AVERAGED.items()},
    "jaccard": _average(sk.jaccard_score),
    "matthews_corrcoef": _plain(sk.matthews_corrcoef),
    "cohen_kappa": _plain(sk.cohen_kappa_score),
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": lambda trial: float(sk.log_loss(trial.truth, trial.probabilities, labels=trial.classes)),
    "brier_score": _honest(brier_score),
    "expected_calibration_error": _honest(expected_calibration_error),
    "r2": _plain(sk.r2_score),
    "explained_variance": _plain(sk.explained_variance_score),
    "d2_absolute_error_score": _plain(sk.d2_absolute_error_score),
    "mean_absolute_error": _plain(sk.mean_absolute_error),
    "median_absolute_error": _plain(sk.median_absolute_error),
    "mean_squared_error": _plain(sk.mean_squared_error),
    "root_mean_squared_error": _plain(sk.root_mean_squared_error),
    "mean_squared_log_error": _plain(sk.mean_squared_log_error),
    "root_mean_squared_log_error": _plain(sk.root_mean_squared_log_error),
    "mean_absolute_percentage_error": _plain(sk.mean_absolute_percentage_error),
    "mean_poisson_deviance": _plain(sk.mean_poisson_deviance),
    "mean_gamma_deviance": _plain(sk.mean_gamma_deviance),
    "max_error": _plain(sk.max_error),
}
_OF_PARTS: Final[dict[str, Measure]] = _MEASURES | {
    **{name: _average(score, part=True) for name, score in _AVERAGED.items()},
    **{f"{name}_macro": _average(score, "macro", part=True) for name, score in _AVERAGED.items()},
    "jaccard": _average(sk.jaccard_score, part=True),
    "average_precision": partial(_average_precision, part=True),
    "matthews_corrcoef": _of_several(sk.matthews_corrcoef),
    "cohen_kappa": _of_several(sk.cohen_kappa_score),
}
"""The same on rows that may lack a class: scikit-learn's 0 for what is undefined would say that the model fails there.

Where it is about the second class, that class has to be there; a mean over classes is of those that are.
"""


def measure(name: str, trial: Trial, task: str) -> float:
    """One metric; MlspecError where it doesn't fit the task, the model or the rows."""
    metric = METRICS.get(name)
    if metric is None or name not in _MEASURES:
        hint = f"did you mean {SHORT[name]}?" if name in SHORT else did_you_mean(name, METRICS)
        raise MlspecError(f"evaluation.metrics: there is no metric {name}", hint=hint)
    if metric.task != task:
        fitting = ", ".join(sorted(each for each, known in METRICS.items() if known.task == task))
        found = f"evaluation.metrics: {name} is for {metric.task}, but the model is for {task}"
        raise MlspecError(found, hint=f"there are: {fitting}")
    try:
        value = _value(_MEASURES[name], trial)
    except (Unfit, ValueError) as error:
        raise MlspecError(f"evaluation.metrics: {name} can't be measured: {error}") from error
    if not math.isfinite(value):
        found = f"evaluation.metrics: {name} is not defined on these {len(trial.truth)} test rows"
        classes = "are there rows of each class? see split.stratify"
        raise MlspecError(found, hint=classes if task == "classification" else "more rows, or a larger split.test")
    return value


def measure_if_defined(name: str, trial: Trial) -> float | None:
    """A metric that fits the model, on rows that may be too few for it or lack the class that it is about: then None.

    A mean over classes is of the classes that are there.
    """
    try:
        value = _value(_OF_PARTS[name], trial)
    except (Unfit, ValueError):
        return None
    return value if math.isfinite(value) else None


def _value(score: Measure, trial: Trial) -> float:
    with warnings.catch_warnings():
        # told by the caller, as an error or by leaving the value out
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
        warnings.filterwarnings("ignore", message="A single label was found")
        return score(trial)
