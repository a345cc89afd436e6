"""How honest a classifier's probabilities are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

BINS: Final = 15

Array = np.ndarray[Any, Any]


def brier_score(truth: Array, probabilities: Array, classes: Array) -> float:
    """Mean squared distance of the probabilities from what came true (Brier 1950).

    Of two classes only the second one's probability counts, so that it is between 0 and 1, as in scikit-learn; of more
    it is the sum over the classes, between 0 and 2.
    """
    came = truth[:, None] == classes[None, :]
    squares = (probabilities - came) ** 2
    return float(np.mean(squares[:, 1] if len(classes) == 2 else squares.sum(axis=1)))


def expected_calibration_error(truth: Array, probabilities: Array, classes: Array) -> float:
    """How far confidence and accuracy are apart, on average: Σ |B|/n · |accuracy(B) − confidence(B)|.

    The rows are put into 15 bins of equal width by the probability of the likeliest class (Guo, Pleiss, Sun and
    Weinberger, On Calibration of Modern Neural Networks, ICML 2017).
    """
    confidence = probabilities.max(axis=1)
    right = classes[probabilities.argmax(axis=1)] == truth
    # bins are open below and closed above, as in the paper
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = (abs(float(np.sum(right[bins == b])) - float(np.sum(confidence[bins == b]))) for b in range(BINS))
    return sum(gaps) / len(truth)
