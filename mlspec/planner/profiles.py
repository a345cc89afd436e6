"""The profile that a version is served with: its own, or one that was made of it later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.drift import PROFILE
from mlspec.domain.plan import KNOWN_AFTER_TRAIN
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version


def lacks_profile(blueprint: Blueprint, record: VersionRecord) -> bool:
    """Whether something is watched that this record has no profile for, or a coarser or finer one."""
    monitoring = blueprint.monitoring
    return monitoring is not None and (record.profile is None or record.profile.settings != monitoring.profile)


def served(blueprint: Blueprint, record: VersionRecord, equals: Iterable[VersionRecord]) -> VersionRecord:
    """The record with the profile to serve it with: the newest one as fine as the spec wants, else the newest.

    `equals` are records of later trainings, or of later profiles, that gave the very same model, oldest first.
    """
    if blueprint.monitoring is None:
        return replace(record, profile=None) if record.profile else record
    same = [each for each in (record, *equals) if each.version == record.version and each.profile is not None]
    fitting = [each for each in same if not lacks_profile(blueprint, each)]
    newest = (fitting or same)[-1:]
    return replace(record, profile=newest[0].profile) if newest else record


def served_version(blueprint: Blueprint, record: VersionRecord, history: ModelHistory) -> VersionRecord:
    """The same, as far as git remembers."""
    return served(blueprint, record, history.equivalent)


def told_version(
    deployment: DesiredDeployment, version: str, blueprint: Blueprint, history: ModelHistory
) -> DesiredDeployment:
    """The deployment as it is wanted with a version's profile; as it is where training will make the version."""
    if blueprint.monitoring is None or not version or version == KNOWN_AFTER_TRAIN:
        return deployment
    left = history.unregistered
    record = left if left and left.version == version else history.versions[Version.parse(version)]
    return told(deployment, served_version(blueprint, record, history))


def told(deployment: DesiredDeployment, record: VersionRecord | None) -> DesiredDeployment:
    """The deployment, with the profile that its servers count by, if any."""
    if record is None or record.profile is None:
        return deployment
    return replace(deployment, serve={**deployment.serve, PROFILE: record.profile.file.sha256})
