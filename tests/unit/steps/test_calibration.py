"""Calibration: the formulas on paper, and scikit-learn's own where it has one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from mlspec.steps.calibration import brier_score, expected_calibration_error

TWO, THREE = np.array(["no", "yes"]), np.array([0, 1, 2])


def test_brier_of_two_classes_is_that_of_scikit_learn() -> None:
    draw = np.random.RandomState(1)
    share, truth = draw.rand(50), TWO[draw.randint(0, 2, 50)]
    wanted = sk.brier_score_loss(truth, share, pos_label="yes")
    assert brier_score(truth, np.stack([1 - share, share], axis=1), TWO) == pytest.approx(wanted)


def test_brier_of_more_classes_is_the_sum_over_them() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    assert brier_score(np.array([0, 1]), shares, THREE) == pytest.approx((0.25 + 0.09 + 0.04) / 2)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    shares = np.tile([0.1, 0.9], (10, 1))
    right = np.array(["yes"] * 9 + ["no"])
    assert expected_calibration_error(right, shares, TWO) == pytest.approx(0.0, abs=1e-12)
    assert expected_calibration_error(np.array(["no"] * 10), shares, TWO) == pytest.approx(0.9)
    certain = np.tile([0.0, 1.0], (4, 1))
    assert expected_calibration_error(np.array(["yes", "yes", "yes", "no"]), certain, TWO) == pytest.approx(0.25)


def test_bins_count_by_their_rows() -> None:
    shares = np.array([[0.3, 0.7]] * 3 + [[0.05, 0.95]])
    truth = np.array(["yes", "yes", "no", "no"])
    assert expected_calibration_error(truth, shares, TWO) == pytest.approx((3 * abs(2 / 3 - 0.7) + 0.95) / 4)
