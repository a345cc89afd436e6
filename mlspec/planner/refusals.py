"""Whether a candidate refuses requests that the version beside it answers: other columns, types or limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from mlspec.domain.service import CanaryPolicy, Service, Split

SIGNIFICANCE: Final = 0.001
"""How often a look may see a candidate do otherwise where it does not; there are many looks at one"""

_NOTHING: Final = 1e-9


def refusals(policy: CanaryPolicy, split: Split) -> Iterator[tuple[str, int]]:
    """What it refuses too much of, with figures, and the line that says how much it may fail more than the other.

    Codes of 400 to 499 are the callers' faults as long as both versions find them, so shares are compared.
    """
    before, after = split.before, split.canary
    if policy.errors is None or before.unknown or after.unknown or not before.requests:
        return
    if after.requests < policy.requests:
        return
    more = _share(after) - _share(before)
    if more > policy.errors and by_chance(after, before) < SIGNIFICANCE:
        figures = f"{after.version} refused {after.refused} of {after.requests} requests ({_share(after):.1%})"
        others = f"{before.version} {_share(before):.1%} of {before.requests}"
        yield f"{figures}, {others}; {policy.errors:.1%} more are allowed", policy.lines["max_error_rate"]


def by_chance(one: Service, other: Service) -> float:
    """How often a version would refuse as many or more if both refused alike: Fisher's exact test, one-sided.

    The upper tail of the hypergeometric distribution (Fisher, Statistical Methods for Research Workers, 1934).
    """
    together, refused = one.requests + other.requests, one.refused + other.refused
    least, most = max(one.refused, one.requests + refused - together), min(one.requests, refused)
    whole = _log_choose(together, one.requests)
    tail = 0.0
    for count in range(least, most + 1):
        ways = _log_choose(refused, count) + _log_choose(together - refused, one.requests - count)
        term = math.exp(ways - whole)
        tail += term
        # Beyond the mean each is smaller than the one before; millions of requests need not be gone through.
        if count * together > one.requests * refused and term < tail * _NOTHING:
            break
    return min(1.0, tail)


def _share(service: Service) -> float:
    return service.refused / service.requests


def _log_choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
