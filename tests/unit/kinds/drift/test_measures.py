"""Measures against SciPy, which the command line does without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.special import kolmogorov

from mlspec.kinds.drift import MeasureKind
from mlspec.kinds.drift._tails import chi_square_tail, kolmogorov_tail
from mlspec.kinds.registry import discover

KINDS = discover("mlspec.kinds.drift", MeasureKind)
REFERENCE, LIVE = [40, 30, 20, 10], [10, 25, 30, 35]


@pytest.mark.parametrize("freedom", [1, 2, 3, 19, 20, 99])
@pytest.mark.parametrize("value", [0.001, 1.0, 7.5, 30.0, 200.0, 2000.0])
def test_the_tail_of_chi_square(value: float, freedom: int) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(stats.chi2.sf(value, freedom), rel=1e-9, abs=1e-300)


def test_no_freedom_is_no_evidence() -> None:
    assert chi_square_tail(5.0, 0) == 1.0
    assert chi_square_tail(0.0, 3) == 1.0


@pytest.mark.parametrize("distance", [0.01, 0.05, 0.1, 0.3, 0.9])
def test_the_tail_of_kolmogorov(distance: float) -> None:
    size = 400.0
    scaled = (20 + 0.12 + 0.11 / 20) * distance
    assert kolmogorov_tail(distance, size) == pytest.approx(kolmogorov(scaled), abs=1e-12)


def test_chi_square_is_pearson_s() -> None:
    value, chance = KINDS["chi_square"].measure(REFERENCE, LIVE)
    found = stats.chi2_contingency([REFERENCE, LIVE])
    assert (value, chance) == pytest.approx(((found.statistic / 200) ** 0.5, found.pvalue))


def test_jensen_shannon_is_scipy_s() -> None:
    value, _ = KINDS["jensen_shannon"].measure(REFERENCE, LIVE)
    assert value == pytest.approx(jensenshannon(REFERENCE, LIVE, base=2))
    assert KINDS["jensen_shannon"].measure([10, 0], [0, 10])[0] == pytest.approx(1.0)


def test_ks_is_scipy_s_on_binned_rows() -> None:
    rows = [np.repeat(range(4), counts) for counts in (REFERENCE, LIVE)]
    assert KINDS["ks"].measure(REFERENCE, LIVE)[0] == pytest.approx(stats.ks_2samp(*rows).statistic)


def test_psi_by_hand() -> None:
    p, q = (np.array(counts) + 0.5 for counts in (REFERENCE, LIVE))
    p, q = p / p.sum(), q / q.sum()
    assert KINDS["psi"].measure(REFERENCE, LIVE)[0] == pytest.approx(((q - p) * np.log(q / p)).sum())


@pytest.mark.parametrize("name", sorted(KINDS))
def test_equal_samples_do_not_drift(name: str) -> None:
    value, chance = KINDS[name].measure([10, 20, 30], [10, 20, 30])
    assert value == pytest.approx(0.0, abs=1e-12)
    assert chance == pytest.approx(1.0)
