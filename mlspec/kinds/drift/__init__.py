"""Measures of drift: each file is one way to say how far apart two samples are, and how likely by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Counts = Sequence[int]
"""Rows in each bin; both samples have the same bins, and both have rows."""


class MeasureKind(Protocol):
    """One measure; pure. `usual` is the greatest value that is no drift where a spec names none."""

    @property
    def name(self) -> str:
        """The measure's name in specs."""
        ...

    @property
    def usual(self) -> float:
        """The limit where a spec names none."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether it needs bins that have an order: numbers, and no missing values."""
        ...

    def measure(self, reference: Counts, live: Counts) -> tuple[float, float]:
        """The value, and how often chance alone would give as much where both samples have one distribution."""
        ...
