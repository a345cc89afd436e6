"""How a server serves: what is promised of a new version (its bake), and what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.domain.replay import Replay

VERSION: Final = "mlspec-version"
"""The header by which one of two versions is asked that share a place's traffic; answers bear it, too"""

DRAW: Final = "mlspec-draw"
"""The header of what a front drew for a request that it also copies: servers keep it, or not, by this"""


@dataclass(frozen=True, slots=True)
class Bake:
    """What a new version has to keep while it is watched, for so many `seconds` after it took the traffic.

    `errors`: the greatest share of answers that say the server failed; `p95`: the greatest 95th percentile of the time
    to answer, in seconds; None where nothing is promised. `requests`: the fewest to say anything of. `lines`: by field.
    """

    seconds: float
    errors: float | None
    p95: float | None
    requests: int
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CanaryPolicy:
    """What a candidate has to keep while it gets a `share` of the requests, for so many `seconds`.

    As for a Bake; `shift` is the greatest Jensen-Shannon distance between the answers of both versions to their shares
    of the same traffic. A shadow gets copies of requests instead: `paired` is what it has to keep on those that both
    versions answered.
    """

    share: float
    seconds: float
    errors: float | None
    p95: float | None
    shift: float | None
    requests: int
    numbers: bool | None
    lines: Mapping[str, int]
    paired: Replay | None = None

    @property
    def mirrored(self) -> bool:
        """Whether it is a shadow's."""
        return self.paired is not None


@dataclass(frozen=True, slots=True)
class Split:
    """What two versions counted that share the traffic, and the newest answers that each has kept.

    `pairs`: both answers, the old one first, to requests that both were asked.
    """

    canary: Service
    before: Service
    answers: Sequence[JSON] = ()
    answers_before: Sequence[JSON] = ()
    pairs: Sequence[tuple[JSON, JSON]] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """What the replicas of one version counted since they started; `unknown` says why nothing is known.

    `requests`: predictions that were asked for, `errors`: those that ended with a code of 500 or more, `refused`: with
    one of 400 to 499. `p95`: the 95th percentile of the time to answer in seconds, between the bounds of its
    histogram's bucket.
    """

    version: str
    requests: int = 0
    errors: int = 0
    p95: float | None = None
    unknown: str = ""
    refused: int = 0


def quantile(buckets: Mapping[float, int], share: float) -> float | None:
    """A quantile of a cumulative histogram: upper bound → count up to it, the last bound infinite.

    Linear within a bucket, as Prometheus' histogram_quantile; the last finite bound where it lies beyond that.
    """
    bounds = sorted(buckets)
    if not bounds or not buckets[bounds[-1]]:
        return None
    rank, below, before = share * buckets[bounds[-1]], 0.0, 0
    for bound in bounds:
        if buckets[bound] >= rank:
            inside = buckets[bound] - before
            return below if bound == float("inf") or not inside else below + (bound - below) * (rank - before) / inside
        below, before = bound, buckets[bound]
    return below
