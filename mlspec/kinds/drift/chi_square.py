"""chi_square: Pearson's test of homogeneity; its value is Cramér's V, which does not grow with the number of rows."""

from __future__ import annotations

import math
from typing import Final

from mlspec.kinds.drift import Counts, MeasureKind
from mlspec.kinds.drift._tails import chi_square_tail, effective


class ChiSquare:
    """V = √(χ² / (n + m)) for two samples, 0 to 1 (Cramér, Mathematical Methods of Statistics, 1946)."""

    name = "chi_square"
    usual = 0.1
    ordered = False

    def measure(self, reference: Counts, live: Counts) -> tuple[float, float]:
        """See MeasureKind."""
        before, after = sum(reference), sum(live)
        parts = (
            (p / before - q / after) ** 2 / ((p + q) / (before + after))
            for p, q in zip(reference, live, strict=True)
            if p + q
        )
        statistic = effective(before, after) * sum(parts)
        freedom = sum(p + q > 0 for p, q in zip(reference, live, strict=True)) - 1
        return math.sqrt(statistic / (before + after)), chi_square_tail(statistic, freedom)


KIND: Final[MeasureKind] = ChiSquare()
