"""Tails of the distributions that measures have where nothing drifted. Closed forms: SciPy would cost half a second."""

from __future__ import annotations

import math


def chi_square_tail(value: float, freedom: int) -> float:
    """P(χ² ≥ value) with `freedom` degrees; 1 with none. Abramowitz and Stegun, 26.4.4 and 26.4.5."""
    if freedom < 1 or value <= 0:
        return 1.0
    half = value / 2
    if half > 700:
        return 0.0  # exp underflows
    if freedom % 2:
        term, total, start = math.sqrt(half / math.pi) * 2 * math.exp(-half), math.erfc(math.sqrt(half)), 1.5
    else:
        term, total, start = math.exp(-half), 0.0, 1.0
    for step in range(freedom // 2):
        total += term
        term *= half / (start + step)
    return min(1.0, total)


def kolmogorov_tail(distance: float, size: float) -> float:
    """P(D ≥ distance) of Kolmogorov and Smirnov's two samples; `size` is n m / (n + m).

    The limiting distribution with Stephens' correction for finite samples (Numerical Recipes, 14.3.3). With bins, or
    with ties, it is too large rather than too small.
    """
    root = math.sqrt(size)
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:
        return 1.0  # the series converges slowly there, to 1 within 1e-12
    terms = ((1 if k % 2 else -1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def effective(reference: int, live: int) -> float:
    """n m / (n + m): the size of one sample that is as uncertain as the two."""
    return reference * live / (reference + live)
