"""jensen_shannon: the Jensen-Shannon distance, the square root of the divergence in bits: 0 to 1."""

from __future__ import annotations

import math
from typing import Final

from mlspec.kinds.drift import Counts, MeasureKind
from mlspec.kinds.drift._tails import chi_square_tail, effective


class JensenShannon:
    """As scipy.spatial.distance.jensenshannon with base 2.

    For near samples the divergence is an eighth of Σ (p - q)² / ((p + q) / 2), in nats (Lin, Divergence measures based
    on the Shannon entropy, IEEE Transactions on Information Theory 37(1), 1991), so that without drift eight times it,
    times n m / (n + m), has the χ² distribution with one degree less than there are bins.
    """

    name = "jensen_shannon"
    usual = 0.1
    ordered = False

    def measure(self, reference: Counts, live: Counts) -> tuple[float, float]:
        """See MeasureKind."""
        before, after = sum(reference), sum(live)
        shares = [(p / before, q / after) for p, q in zip(reference, live, strict=True) if p + q]
        nats = max(0.0, sum(_half(p, (p + q) / 2) + _half(q, (p + q) / 2) for p, q in shares) / 2)
        chance = chi_square_tail(8 * nats * effective(before, after), len(shares) - 1)
        return math.sqrt(nats / math.log(2)), chance


def _half(share: float, middle: float) -> float:
    return share * math.log(share / middle) if share else 0.0


KIND: Final[MeasureKind] = JensenShannon()
