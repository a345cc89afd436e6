"""scikit-learn's linear models in a few numpy calls, used only where they give the very same bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.extmath import softmax

Array = np.ndarray[Any, np.dtype[Any]]
Step = Callable[[Array], Array]
Predict = Callable[[Array, bool], tuple[Array, Array | None]]
BATCHES: Final = (1, 2, 7, 64)


class Predictor(Protocol):
    """What predicts by scikit-learn's own methods."""

    def predict(self, table: Any, *, probabilities: bool) -> tuple[Any, Any]:
        """Labels and, where asked for, probabilities."""


def direct_form(steps: Sequence[Any], own: Predictor, width: int) -> Predict | None:
    """A direct form of the steps for float64 arrays without NaN, or None where there is none.

    Of the 100 µs of a one-row prediction, scikit-learn spends 90 on looking at its input again. The form is tried
    against scikit-learn's own answers first, so that a version that computes otherwise merely loses the speed.
    """
    scalers = [_scaler(step) for step in steps[:-1]]
    final = _final(steps[-1])
    if final is None:
        return None
    known = [scaler for scaler in scalers if scaler is not None]
    if len(known) < len(scalers):
        return None

    def predict(table: Array, probabilities: bool) -> tuple[Array, Array | None]:  # noqa: FBT001
        for scale in known:
            table = scale(table)
        return final(table, probabilities)

    return predict if _same_bits(predict, own, steps, width) else None


def _scaler(step: Any) -> Step | None:
    if type(step) is not StandardScaler or not (step.with_mean and step.with_std):
        return None
    mean, scale = step.mean_, step.scale_
    return lambda table: (table - mean) / scale


def _final(estimator: Any) -> Predict | None:
    if type(estimator) is LogisticRegression and len(estimator.classes_) > 1:
        return _logistic(estimator)
    if type(estimator) in {LinearRegression, Ridge} and np.ndim(estimator.coef_) == 1:
        weights, intercept = estimator.coef_, estimator.intercept_
        return lambda table, _probabilities: (table @ weights + intercept, None)
    return None


def _logistic(estimator: Any) -> Predict:
    classes, weights, intercept = estimator.classes_, estimator.coef_.T, estimator.intercept_

    def binary(table: Array, probabilities: bool) -> tuple[Array, Array | None]:  # noqa: FBT001
        scores = (table @ weights + intercept).ravel()
        labels = classes[(scores > 0).astype(np.intp)]
        if not probabilities:
            return labels, None
        share = expit(scores)
        return labels, np.stack([1 - share, share], axis=1)

    def several(table: Array, probabilities: bool) -> tuple[Array, Array | None]:  # noqa: FBT001
        scores = table @ weights + intercept
        return classes[scores.argmax(axis=1)], softmax(scores) if probabilities else None

    return binary if len(classes) == 2 else several


def _same_bits(predict: Predict, own: Predictor, steps: Sequence[Any], width: int) -> bool:
    if getattr(steps[0], "n_features_in_", width) != width:
        return False  # the model's own error says it better
    random = np.random.default_rng(0)
    wanted = hasattr(steps[-1], "predict_proba")
    for size in BATCHES:
        table = random.normal(scale=10.0 ** random.integers(-3, 4, size=width), size=(size, width))
        ours, theirs = predict(table, wanted), own.predict(table, probabilities=wanted)
        if any(np.asarray(a).tobytes() != np.asarray(b).tobytes() for a, b in zip(ours, theirs, strict=True)):
            return False
    return True
