"""Desired against actual for people and scripts: sync and health are two questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mlspec.domain.actual import Health


class Sync(StrEnum):
    """Whether what runs is what is wanted."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """A model in an environment; `desired` and `actual` are versions, `reason` says why they are apart."""

    name: str
    target: str
    desired: str
    actual: str
    sync: Sync
    health: Health
    endpoint: str
    reason: str
    drift: str = ""
    """what live traffic says, where it is monitored and was asked: `None`, `Drift`, `TooFew` or `Unknown`"""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model: its newest version, where it runs, and what stands between it and its spec."""

    name: str
    version: str
    environments: tuple[PlaceStatus, ...]
    reason: str = ""
    leakage: Mapping[str, int] = field(default_factory=dict)
    """what of the test rows was known in training of the newest version, by kind: how often"""
