"""One estimator, asked once for both labels and probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from sklearn.pipeline import Pipeline

from mlspec.serving.direct import Predict, direct_form
from mlspec.serving.signature import Signature
from mlspec.serving.table import Build, table_builder

# scikit-learn's predict and predict_proba both start from one of these, which is most of their cost.
SHARED: Final = ("decision_function", "predict_proba")


class Estimator:
    """A fitted estimator or pipeline, made ready for small requests. Results are those of its own methods."""

    platform = "mlspec_sklearn"

    def __init__(self, fitted: Any) -> None:
        _use_one_thread(fitted)
        steps = [step for _, step in fitted.steps] if type(fitted) is Pipeline else [fitted]
        self._transformers = [step for step in steps[:-1] if step is not None and step != "passthrough"]
        self._final = steps[-1]
        self._direct: Predict | None = None
        self.offers_probabilities = hasattr(fitted, "predict_proba")
        self.classes: list[Any] | None = _listed(getattr(fitted, "classes_", None))
        if type(self._final).__module__.startswith("sklearn."):
            _share_scores(self._final)

    def hasten(self, width: int) -> None:
        """Look for a direct form, for a model whose tables are float64 arrays of `width` columns without NaN."""
        self._direct = direct_form([*self._transformers, self._final], self, width)

    def builder(self, signature: Signature) -> Build:
        """See Predictor."""
        return table_builder(signature)

    def predict(self, table: Any, *, probabilities: bool) -> tuple[Any, Any]:
        """Labels (n) and, where asked for, probabilities (n by classes), else None."""
        if self._direct is not None:
            return self._direct(table, probabilities)
        for step in self._transformers:
            table = step.transform(table)
        labels = np.asarray(self._final.predict(table))
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels.ravel()
        return labels, self._final.predict_proba(table) if probabilities else None


def _use_one_thread(fitted: Any) -> None:
    # One worker is one core. Threads also add a forest's votes in an order of their own: other last digits each time.
    parameters = fitted.get_params() if hasattr(fitted, "get_params") else {}
    jobs = {name: 1 for name, value in parameters.items() if name.split("__")[-1] == "n_jobs" and value is not None}
    if jobs:
        fitted.set_params(**jobs)


def _share_scores(final: Any) -> None:
    for name in SHARED:
        method = getattr(final, name, None)
        if method is not None:
            setattr(final, name, _remember_last(method))


def _remember_last(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The method, which gives its last result once more for the very same table.

    Once, and as a copy, because scikit-learn writes into what it gets. Safe with threads, as the pair is one object.
    """
    last: tuple[Any, Any] = (None, None)

    def remembered(table: Any) -> Any:
        nonlocal last
        known, result = last
        if known is table:
            last = (None, None)
            return result
        result = method(table)
        if isinstance(result, np.ndarray):
            last = (table, result.copy())
        return result

    return remembered


def _listed(classes: Any) -> list[Any] | None:
    return None if classes is None else np.asarray(classes).tolist()
