"""The clock, as a port so that tests need not wait."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Wall time for logs only; no digest and no record depends on it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
