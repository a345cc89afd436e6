"""Direct forms of linear models: used where the bits are the same, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from mlspec.serving.estimator import Estimator

X = np.random.default_rng(0).normal(size=(60, 3))
CLASSES = X[:, 0] > 0


def both(model, rows):
    """The answers before and after looking for a direct form, and whether there is one."""
    estimator = Estimator(model)
    wanted = estimator.offers_probabilities
    own = estimator.predict(rows, probabilities=wanted)
    estimator.hasten(3)
    return own, estimator.predict(rows, probabilities=wanted), estimator._direct is not None


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression().fit(X, CLASSES),
        LogisticRegression().fit(X, np.array(["a", "b", "c"])[np.arange(60) % 3]),
        make_pipeline(StandardScaler(), LogisticRegression()).fit(X, np.arange(60) % 3),
        LinearRegression().fit(X, X[:, 1]),
        make_pipeline(StandardScaler(), Ridge()).fit(X, X[:, 1]),
    ],
    ids=["binary", "multi", "pipeline", "linear", "ridge"],
)
def test_the_direct_form_gives_the_same_bits(model) -> None:
    for size in (1, 3, 1000):
        rows = np.random.default_rng(size).normal(size=(size, 3)) * 100
        own, direct, found = both(model, rows)
        assert found
        assert [np.asarray(a).tobytes() for a in own] == [np.asarray(b).tobytes() for b in direct]


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(MinMaxScaler(), LogisticRegression()).fit(X, CLASSES),
        LinearRegression().fit(X, X[:, :2]),
    ],
    ids=["another scaler", "two outputs"],
)
def test_others_keep_their_own_methods(model) -> None:
    assert not both(model, X)[2]


def test_a_version_that_computes_otherwise_only_loses_the_speed() -> None:
    class Newer(LogisticRegression):
        """What a later scikit-learn might be."""

    Newer.predict_proba = lambda self, table: LogisticRegression.predict_proba(self, table) + 1e-16  # type: ignore[method-assign]
    model = Newer().fit(X, CLASSES)
    assert not both(model, X)[2]


def test_labels_and_probabilities_share_one_pass() -> None:
    model = LogisticRegression().fit(X, CLASSES)
    labels, shares = model.predict(X), model.predict_proba(X)
    calls = []
    scores = model.decision_function
    model.decision_function = lambda table: calls.append(1) or scores(table)  # type: ignore[func-returns-value]
    estimator = Estimator(model)
    for count in (1, 2):
        again = estimator.predict(X, probabilities=True)
        assert [a.tolist() for a in again] == [labels.tolist(), shares.tolist()]
        assert len(calls) == count
