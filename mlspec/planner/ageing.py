"""Data of the repository that is older than its spec allows: told, and where the spec says so not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlspec.domain.actual import Actual
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.plan import Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.sources import DatedSource
from mlspec.domain.words import duration, minute


def old_data(models: Iterable[DesiredModel], actual: Actual) -> Iterator[Held]:
    """Each source that is too old, or of which nobody here knows, once for each limit that specs give it."""
    readers: dict[tuple[str, str, float], list[tuple[DatedSource, Blueprint]]] = {}
    for blueprint in (model.blueprint for model in models):
        for source in blueprint.dated:
            readers.setdefault((source.name, source.path, source.freshness), []).append((source, blueprint))
    for same in readers.values():
        source, blueprint = same[0]
        if found := _judged(source, blueprint, actual):
            yield Held("", "", *found, source.name, tuple(reader.name for _, reader in same))


def too_old(model: DesiredModel, actual: Actual) -> Held | None:
    """What keeps a model from being trained: data that it may not be trained on for its age."""
    for source in model.blueprint.dated:
        if source.fails and (found := _judged(source, model.blueprint, actual)):
            reason, words = found
            return Held(model.name, "", reason, f"not trained, as its spec has `stale: fail`: {words}")
    return None


def _judged(source: DatedSource, blueprint: Blueprint, actual: Actual) -> tuple[HeldReason, str] | None:
    """Dates and no ages: a saved plan is known by these words, and must not be another one a minute later."""
    if source.path not in actual.sources.changed:
        return None
    changed, where = actual.sources.changed[source.path], blueprint.where(source.line, source.origin)
    if changed is None:
        words = f"when {source.path} changed last is not known in this shallow clone; git fetch --unshallow ({where})"
        return HeldReason.NOT_OBSERVED, words
    if changed + source.freshness >= actual.now:
        return None
    day = minute(changed)
    words = f"{source.path} was changed last on {day}, and may be {duration(source.freshness)} old ({where})"
    return HeldReason.STALE_DATA, words
