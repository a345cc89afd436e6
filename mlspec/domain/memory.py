"""What a place's chain remembers besides its last rollout: which versions ran there, and which were sent away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlspec.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A version that was rolled back: to which other one, with which settings it had served, when and why.

    `time` is in seconds since the epoch; `why` says who did it, and for what reason.
    """

    version: str
    to: str
    serve: Mapping[str, JSON]
    time: float
    why: str


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one place."""

    ran: tuple[str, ...] = ()
    """the versions that ran there, each once, the one that ran last at the end"""
    rolled_back: Mapping[str, RolledBack] = field(default_factory=dict)
    """version → its newest rollback"""
