"""Metrics of answers and the labels that came for them: JSON on standard input, {metric: value or null} on output.

`python -m mlspec.steps.labelled` reads {"metrics": [...], "truth": [...], "predicted": [...], "classes": [...]}:
true values and answers are lists of equal length, the classes those of the model, or null.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlspec.steps.scores import measure_if_defined
from mlspec.steps.trial import Trial


class _Answered:
    """Answers that were given already, in the form of a model that gives them."""

    def __init__(self, predicted: np.ndarray[Any, Any], classes: np.ndarray[Any, Any]) -> None:
        self.classes_ = classes
        self._predicted = predicted

    def predict(self, _rows: object) -> np.ndarray[Any, Any]:
        """What was answered."""
        return self._predicted


def measured(asked: Mapping[str, Any]) -> dict[str, float | None]:
    """Each metric; None where it is not defined on these rows."""
    truth, predicted = np.array(asked["truth"]), np.array(asked["predicted"])
    # labels that came so far may lack a class; which there are is the model's to say
    classes = np.array(asked["classes"]) if asked["classes"] else np.unique(np.concatenate([predicted, truth]))
    trial = Trial(_Answered(predicted, classes), None, truth)
    return {name: measure_if_defined(name, trial) for name in asked["metrics"]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(json.load(sys.stdin))))
