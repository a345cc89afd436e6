"""The real clock."""

from __future__ import annotations

import time


class SystemClock:
    """See Clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
