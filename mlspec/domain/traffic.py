"""What servers counted of live traffic, over the bins of the training profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnKind = Literal["number", "length", "category"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the profile, or `prediction`: rows in each bin, the last of them rows without a value.

    Bins of a `number` and of a text's `length` have an order; the last but one of a `category` is all others.
    """

    kind: ColumnKind
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that came one after the other to one worker, the last of them at `until` (seconds since the epoch)."""

    until: float
    rows: int
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The counts of all workers of a place that answered.

    `profile`: the SHA-256 of the profile that they count by. `rows`: all that were counted, in any block or in none
    any more; `dropped`: those that were too many at a time.
    """

    profile: str
    version: str
    columns: Mapping[str, Column]
    blocks: tuple[Block, ...]
    rows: int
    dropped: int = 0
    silent: int = 0
    """workers that are known to be there and did not answer"""
