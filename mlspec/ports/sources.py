"""A source of data, as mlspec needs it: ask whether it changed, and fetch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlspec.domain.sources import Probe


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that this machine lacks for a source, and what to do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Table:
    """What was fetched. `columns`: name → `integer`, `number`, `boolean` or `text`, in order; `size` in bytes.

    `fingerprint` is what a probe would have said when it was fetched; `same` is equal for equal data in another order.
    """

    rows: int
    columns: Mapping[str, str]
    size: int
    md5: str
    """hex"""
    fingerprint: str = ""
    same: str = ""


class Source(Protocol):
    """One source. Made by `open_source(ref, root)` of `mlspec.adapters.sources.<kind>`."""

    def lacks(self) -> Sequence[Lack]:
        """Environment variables and packages that are missing; asks nobody."""
        ...

    def probe(self) -> Probe:
        """What the source says of itself, without its data. MlspecError where it does not answer."""
        ...

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        """Write the data, a CSV file, to a new file. MlspecError where it can't be had or is no table.

        `environ` leads to the environment that trains, for sources that run the repository's code.
        """
        ...
