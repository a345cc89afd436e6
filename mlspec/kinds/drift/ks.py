"""ks: Kolmogorov and Smirnov's distance, the widest gap between the two cumulative distributions."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from mlspec.kinds.drift import Counts, MeasureKind
from mlspec.kinds.drift._tails import effective, kolmogorov_tail


class KolmogorovSmirnov:
    """The gap is looked at where bins meet: at most one bin's share less than that of the rows themselves."""

    name = "ks"
    usual = 0.1
    ordered = True

    def measure(self, reference: Counts, live: Counts) -> tuple[float, float]:
        """See MeasureKind."""
        before, after = sum(reference), sum(live)
        pairs = zip(accumulate(reference), accumulate(live), strict=True)
        value = max(abs(p / before - q / after) for p, q in pairs)
        return value, kolmogorov_tail(value, effective(before, after))


KIND: Final[MeasureKind] = KolmogorovSmirnov()
