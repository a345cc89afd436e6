"""The space of a search: lists and ranges as what scikit-learn draws from, in plain Python numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; `log` makes all orders of magnitude as likely.

    scipy's distributions would do but for their numbers, which are numpy's and would get into the model's file, and
    for whole numbers on a logarithmic scale, which they don't have.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """One draw, as ParameterSampler asks for it."""
        del size
        if not self.whole:
            return float(self._at(random_state.uniform(), self.low, self.high))
        # the floor of a draw from [low, high + 1) gives both ends their share
        return min(int(self._at(random_state.uniform(), self.low, self.high + 1)), int(self.high))

    def points(self, count: int) -> list[Any]:
        """So many values, evenly spread over the scale; fewer where whole numbers come together."""
        values = [self._at(index / (count - 1), self.low, self.high) for index in range(count)]
        values[0], values[-1] = self.low, self.high
        return list(dict.fromkeys(round(value) if self.whole else float(value) for value in values))

    def _at(self, share: float, low: float, high: float) -> float:
        if self.log:
            return float(np.exp(np.log(low) + share * (np.log(high) - np.log(low))))
        return low + share * (high - low)


Space = Mapping[str, list[Any] | Range]


def read_space(raw: Mapping[str, Any], *, grid: bool) -> Space:
    """The space of params.yaml; in a grid, ranges of whole numbers without `points` are all their numbers."""
    return {name: _read(values, grid=grid) for name, values in raw.items()}


def count_combinations(space: Space) -> int | None:
    """How many combinations there are; None where a range makes them endless."""
    lists = [values for values in space.values() if isinstance(values, list)]
    return prod(map(len, lists)) if len(lists) == len(space) else None


def _read(values: Any, *, grid: bool) -> list[Any] | Range:
    if isinstance(values, list):
        return values
    found = Range(values["min"], values["max"], bool(values.get("log")))
    if values.get("points"):
        return found.points(int(values["points"]))
    return list(range(int(found.low), int(found.high) + 1)) if grid else found
