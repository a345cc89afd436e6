"""psi: the population stability index, the symmetric Kullback-Leibler divergence of the two samples."""

from __future__ import annotations

import math
from typing import Final

from mlspec.kinds.drift import Counts, MeasureKind
from mlspec.kinds.drift._tails import chi_square_tail, effective


class Psi:
    """Σ (q - p) ln(q / p). Half a row is added to each bin, so that an empty one does not make it infinite.

    Without drift, PSI · n m / (n + m) has the χ² distribution with one degree less than there are bins (Yurdakul and
    Naranjo, Statistical properties of the population stability index, Journal of Risk Model Validation 14(4), 2020),
    so that its mean is (bins - 1)(1/n + 1/m): 0.19 for 20 bins and 100 rows.
    """

    name = "psi"
    usual = 0.2
    ordered = False

    def measure(self, reference: Counts, live: Counts) -> tuple[float, float]:
        """See MeasureKind."""
        before, after = sum(reference) + len(reference) / 2, sum(live) + len(live) / 2
        shares = [((p + 0.5) / before, (q + 0.5) / after) for p, q in zip(reference, live, strict=True)]
        value = sum((q - p) * math.log(q / p) for p, q in shares)
        return value, chi_square_tail(value * effective(sum(reference), sum(live)), len(shares) - 1)


KIND: Final[MeasureKind] = Psi()
