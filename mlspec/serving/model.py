"""A loaded model: columns in, labels and probabilities out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from mlspec.serving.columns import check_column, count_unseen
from mlspec.serving.errors import BundleError, Refusal
from mlspec.serving.signature import Signature
from mlspec.serving.table import Build

logger = logging.getLogger("mlspec.serving")


@dataclass(frozen=True, slots=True)
class Prediction:
    """Plain Python values, ready for JSON; `unseen` counts new categories by column."""

    labels: list[Any]
    probabilities: list[list[float]] | None
    unseen: dict[str, int]


class Predictor(Protocol):
    """A model file of some format, made ready for small requests."""

    platform: str
    """its name in the V2 protocol's metadata"""
    offers_probabilities: bool
    classes: list[Any] | None

    def builder(self, signature: Signature) -> Build:
        """The function that makes its table of columns given in the order of the signature's inputs."""
        ...

    def predict(self, table: Any, *, probabilities: bool) -> tuple[Any, Any]:
        """Labels (n) and, where asked for, probabilities (n by classes), else None."""
        ...


class Model:
    """An estimator with its signature. Every call checks its values first."""

    def __init__(self, signature: Signature, estimator: Predictor, build: Build | None = None) -> None:
        self.signature = signature
        self._estimator = estimator
        self._build = build or estimator.builder(signature)
        self._categories = [(i, c) for i, c in enumerate(signature.inputs) if c.type == "category"]
        self.platform = estimator.platform
        self.offers_probabilities = signature.task == "classification" and self._estimator.offers_probabilities

    def predict(self, data: Sequence[Sequence[Any]], *, probabilities: bool) -> Prediction:
        """Predict from columns in the signature's order; raises Refusal with 400 (values) or 500 (the model)."""
        for column, values in zip(self.signature.inputs, data, strict=True):
            check_column(column, values)
        unseen = {c.name: n for i, c in self._categories if (n := count_unseen(c, data[i]))}
        labels, shares = self._ask(data, probabilities)
        _check_finite(labels)
        return Prediction(labels.tolist(), None if shares is None else shares.tolist(), unseen)

    def check(self) -> None:
        """Predict one made-up row, so that a model that cannot predict is never put to work; raises BundleError."""
        try:
            labels, shares = self._estimator.predict(self._example(), probabilities=self.offers_probabilities)
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            raise BundleError(f"the model cannot predict: {text}") from error
        classes = self.signature.output.classes
        if labels.shape != (1,):
            raise BundleError(f"the model predicts an array of shape {labels.shape} for one row")
        if shares is None:
            return
        if shares.shape != (1, len(classes or ())) or self._estimator.classes != list(classes or ()):
            raise BundleError(f"the signature's classes {classes} are not the model's {self._estimator.classes}")

    def _example(self) -> Any:
        """A made-up table. A features function is not asked: what it makes of made-up values is anybody's guess."""
        features = self.signature.features
        columns = features.columns if features else self.signature.inputs
        build = self._estimator.builder(replace(self.signature, inputs=columns, features=None))
        return build([(column.example,) for column in columns])

    def _ask(self, data: Sequence[Sequence[Any]], probabilities: bool) -> tuple[Any, Any]:  # noqa: FBT001
        try:
            return self._estimator.predict(self._build(data), probabilities=probabilities)
        except ValueError as error:
            # The values had the right types, so what is left is a category or a size that the model won't take.
            raise Refusal(400, f"the model refuses these values: {' '.join(str(error).split())}") from error
        except Exception as error:
            logger.exception("the model failed")
            raise Refusal(500, f"the model failed: {type(error).__name__}") from error


def _check_finite(labels: Any) -> None:
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise Refusal(500, f"the model's answer to row {row} is not a finite number")
