"""A tracking server, told what is registered; git stays the truth, and nothing is read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlspec.domain.record import VersionRecord


@dataclass(frozen=True, slots=True)
class Tracked:
    """A registered version, as a tracker is told of it. `commit`: the version's own. `files`: where its files are.

    Without `files` only their digests are told.
    """

    project: str
    record: VersionRecord
    commit: str
    description: str = ""
    files: str = ""


class Tracker(Protocol):
    """A tracking server. Telling it the same twice changes nothing. MlspecError where it does not answer or refuses."""

    def tell(self, versions: Sequence[Tracked]) -> None:
        """Runs with params, metrics and tags, and registered model versions."""
        ...

    def point(self, model: str, aliases: Mapping[str, str]) -> None:
        """Which version each environment should run: environment → version; empty: none any more."""
        ...
