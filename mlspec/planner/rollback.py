"""Going back: to which version, and which versions stay out of a place because they were rolled back there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.domain.actual import Actual, ModelHistory, Place
from mlspec.domain.desired import DesiredDeployment
from mlspec.domain.digest import JSON
from mlspec.domain.drift import MONITORING
from mlspec.domain.memory import Memory, RolledBack
from mlspec.domain.plan import Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.version import Version
from mlspec.domain.words import minute
from mlspec.errors import MlspecError

_NO_REASON_TO_RETURN: Final = ("replicas", "port")
"""Settings that make no bad version good"""


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """A person's wish: where, to which version (empty: the last good one), and who wants it why."""

    environment: str
    version: str
    why: str


def target(place: Place, actual: Actual, asked: str) -> str:
    """The version to go back to; MlspecError where there is none, or where it did not pass its gates."""
    history = actual.models.get(place.model, ModelHistory())
    current = str(history.stages.get(place.environment, ""))
    known = {str(version): version for version in history.versions}
    if asked and asked not in known:
        raise MlspecError(f"{place.model} has no registered version {asked}", hint=f"there are: {_list(known)}")
    if asked and asked == current:
        raise MlspecError(f"{place.environment} is to run {place.model} {asked} already")
    if asked and not history.versions[known[asked]].passed:
        raise MlspecError(f"{place.model} {asked} did not pass its gates")
    if found := asked or last_good(place, actual):
        return found
    hint = f"there are: {_list(known)}; name one with --to" if len(known) > 1 else "there is only one version"
    raise MlspecError(f"no other good version of {place.model} ran in {place.environment}", hint=hint)


def last_good(place: Place, actual: Actual) -> str:
    """The version that ran there before the one that the stage names, and was not sent away itself; empty: none."""
    history = actual.models.get(place.model, ModelHistory())
    current = str(history.stages.get(place.environment, ""))
    return next((name for name in _earlier(place, actual, history) if name != current), "")


def _earlier(place: Place, actual: Actual, history: ModelHistory) -> Iterator[str]:
    """Newest first: what ran, then what was promoted and perhaps ran before the chain kept count."""
    memory = actual.memory(place)
    promoted = history.promoted(place.environment)
    for name in (*reversed(memory.ran), *map(str, reversed(promoted))):
        version = Version.parse(name)
        sent_away = name in memory.rolled_back and version not in promoted
        if version in history.versions and not sent_away and history.versions[version].passed:
            yield name


def kept_out(
    place: Place, deployment: DesiredDeployment, wanted: str, history: ModelHistory, memory: Memory
) -> Held | None:
    """Whether a version stays out because it was rolled back here.

    It does until somebody promotes it again, or the spec changes so that another version is wanted, or that this one
    is served otherwise.
    """
    entry = memory.rolled_back.get(wanted)
    if entry is None or Version.parse(wanted) in history.promoted(place.environment):
        return None
    if _settings(entry.serve) != _settings(deployment.serve):
        return None
    return Held(place.model, place.environment, HeldReason.ROLLED_BACK, _words(place, entry))


def _words(place: Place, entry: RolledBack) -> str:
    when = minute(entry.time)
    hint = f"mlspec promote {place.model} {entry.version} --to {place.environment}"
    return f"{entry.version} was rolled back to {entry.to} on {when}, {entry.why}; to let it return: {hint}"


def _settings(serve: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = (name for name in serve if name not in _NO_REASON_TO_RETURN and not name.startswith(MONITORING))
    return {name: serve[name] for name in kept}


def _list(names: Mapping[str, Version]) -> str:
    return ", ".join(sorted(names, key=lambda name: names[name])) or "none yet"
