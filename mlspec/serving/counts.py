"""Counts of the newest rows in blocks, so that a window can move: bounded, whatever comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mlspec.serving.profile import Array, Profile

BLOCKS: Final = 20
"""Blocks of a window, so that a window is at most a twentieth longer than asked for."""


@dataclass(slots=True)
class Block:
    """Rows that came one after the other: `until` in seconds since the epoch, a count array for each column."""

    until: float
    rows: int
    counts: list[Array]


class Counts:
    """The newest `window` rows at least, by the profile's bins. Not for several threads at a time."""

    def __init__(self, profile: Profile, window: int) -> None:
        self.size = max(1, -(-window // BLOCKS))
        self.rows = 0
        self._profile = profile
        self._blocks: deque[Block] = deque(maxlen=BLOCKS + 1)

    def add(self, columns: Sequence[Sequence[Any]], labels: Sequence[Any]) -> None:
        """Count rows: the columns in the model's order, and its answers."""
        values = (*columns, labels)
        fresh = [bins.count(column) for bins, column in zip(self._profile.bins, values, strict=True)]
        rows = len(labels)
        if not self._blocks or self._blocks[-1].rows >= self.size:
            self._blocks.append(Block(0.0, 0, [np.zeros(len(bins.reference), np.int64) for bins in self._profile.bins]))
        block = self._blocks[-1]
        block.counts = [total + more for total, more in zip(block.counts, fresh, strict=True)]
        block.rows += rows
        block.until = time.time()
        self.rows += rows

    def sums(self) -> list[Array]:
        """All blocks together, column by column."""
        if not self._blocks:
            return [np.zeros(len(bins.reference), np.int64) for bins in self._profile.bins]
        return [sum(arrays[1:], start=arrays[0]) for arrays in zip(*(b.counts for b in self._blocks), strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Rows counted since the beginning, and the blocks, oldest first."""
        names = [bins.name for bins in self._profile.columns]
        blocks = [
            {
                "until": round(block.until, 3),
                "rows": block.rows,
                "columns": {name: counts.tolist() for name, counts in zip(names, block.counts, strict=False)},
                "prediction": block.counts[-1].tolist(),
            }
            for block in self._blocks
        ]
        return {"rows": self.rows, "blocks": blocks}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take over what `to_json` gave; KeyError, TypeError or ValueError where it is something else."""
        blocks = [self._block(block) for block in document["blocks"]]
        self.rows = int(document["rows"])
        self._blocks.extend(blocks)

    def _block(self, document: Mapping[str, Any]) -> Block:
        given = [document["columns"][bins.name] for bins in self._profile.columns] + [document["prediction"]]
        counts = [np.array(each, dtype=np.int64) for each in given]
        for bins, each in zip(self._profile.bins, counts, strict=True):
            if each.shape != (len(bins.reference),):
                raise ValueError(f"{bins.name} has {each.shape} counts")
        return Block(float(document["until"]), int(document["rows"]), counts)
