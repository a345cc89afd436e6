"""Versions while a plan is carried out: those that git has, and those that are made on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import MlspecError
from mlspec.planner.profiles import served

Key = tuple[str, str]
"""a model and its version"""


@dataclass(slots=True)
class Versions:
    """`histories` are what git remembers at the beginning; `commits` and `records` grow as versions are made."""

    histories: Mapping[str, ModelHistory]
    commits: dict[Key, str] = field(default_factory=dict)
    records: dict[Key, VersionRecord] = field(default_factory=dict)
    equals: dict[Key, VersionRecord] = field(default_factory=dict)
    """records of trainings on the way that gave a known version's bytes"""

    def history(self, model: str) -> ModelHistory:
        """What git remembered of a model."""
        return self.histories.get(model, ModelHistory())

    def record(self, model: str, version: str) -> VersionRecord:
        """A version's record."""
        return self.records.get((model, version)) or self.history(model).versions[Version.parse(version)]

    def served(self, blueprint: Blueprint, version: str) -> VersionRecord:
        """A version's record, with the profile that it is served with."""
        key = blueprint.name, version
        equals = (*self.history(blueprint.name).equivalent, *filter(None, [self.equals.get(key)]))
        return served(blueprint, self.record(*key), equals)

    def commit(self, model: str, version: str) -> str:
        """The commit that a version is registered at; MlspecError where there is no such version."""
        known = self.commits.get((model, version)) or self.history(model).commits.get(Version.parse(version))
        if known is None:
            raise MlspecError(f"{model} has no version {version}", hint=f"mlspec history {model} lists them")
        return known
