"""The times of a lease, by one's own clock: no machine's clock is ever compared with another's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

TTL: Final = 60.0
"""Seconds after which a lease that nobody renews may be taken over"""


def uptime() -> float:
    """Seconds that pass while a laptop sleeps, too: its lease runs out meanwhile."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a lease lives, and the clock; tests have other ones."""

    ttl: float = TTL
    now: Callable[[], float] = uptime
    sleep: Callable[[float], None] = time.sleep
    beats: bool = True
    """whether leases are renewed in the background"""

    @property
    def beat(self) -> float:
        """Seconds between two renewals."""
        return self.ttl / 3

    @property
    def fresh(self) -> float:
        """Seconds after a renewal for which the holder may act: the rest is for what it has just begun."""
        return self.ttl * 3 / 4

    @property
    def limit(self) -> float:
        """Seconds that a renewal may take."""
        return max(self.ttl / 4, 2.0)

    @property
    def longest(self) -> float:
        """Seconds between two looks of a waiter, at most: origin may be a forge that counts requests."""
        return max(self.ttl / 12, 0.25)
