"""A model under a new name: versions, promotions and memories go with it, by tags of its own on the same commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlspec.domain.actual import ModelHistory, Place
from mlspec.domain.desired import Blueprint
from mlspec.domain.memory import Memory
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.ports.git import NewTag
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.stages import Stages


def with_renames(histories: Mapping[str, ModelHistory], blueprints: Iterable[Blueprint]) -> dict[str, ModelHistory]:
    """The histories, in which a model that has not all versions of its old name yet sees those as its own.

    The newest version is carried over last, so that one that was cut off is known by it.
    """
    found = dict(histories)
    for item in blueprints:
        old, new = histories.get(item.was), found.get(item.name, ModelHistory())
        if item.was and old is not None and old.versions and not _complete(old, new):
            found[item.name] = _seen_as(item.name, item.was, old, new)
    return found


def _complete(old: ModelHistory, new: ModelHistory) -> bool:
    return new.highest is not None and new.highest >= max(old.versions)


def _seen_as(name: str, was: str, old: ModelHistory, new: ModelHistory) -> ModelHistory:
    return replace(
        old,
        versions={version: replace(record, model=name) for version, record in old.versions.items()},
        equivalent=tuple(replace(record, model=name) for record in old.equivalent),
        unregistered=new.unregistered,
        counter=new.counter,
        numbers=new.numbers,
        suspended=new.suspended or old.suspended,
        renamed=was,
    )


def suspended_names(item: Blueprint, histories: Mapping[str, ModelHistory]) -> list[str]:
    """The names under which a model that is suspended is so: a new one has it from the old one, if that still says so.

    The new one comes first, so that one that was cut off is still suspended.
    """
    return [item.name, *([item.was] if histories.get(item.was, ModelHistory()).suspended else [])]


def with_old_memories(memories: Mapping[Place, Memory], blueprints: Iterable[Blueprint]) -> dict[Place, Memory]:
    """What is remembered of the places of a model's old name is remembered of its own."""
    found = dict(memories)
    for item in (item for item in blueprints if item.was):
        for place, old in memories.items():
            if place.model == item.was:
                own = memories.get(Place(place.environment, item.name), Memory())
                ran = tuple(dict.fromkeys((*(name for name in old.ran if name not in own.ran), *own.ran)))
                found[Place(place.environment, item.name)] = Memory(ran, {**old.rolled_back, **own.rolled_back})
    return found


def carry_over(ports: Ports, stages: Stages, name: str, history: ModelHistory) -> None:
    """Write the tags: promotions first, for they count only once their versions exist; the newest version last."""
    why = f"{name} was {history.renamed}"
    stages.written |= {Place(environment, name): () for environment in history.assigned}
    for environment in history.assigned:
        for version in history.promoted(environment):
            stages.promote(Place(environment, name), str(version), why)
    for version in sorted(history.versions):
        ports.writer.tag(_tag(name, version, history.versions[version], history.commits[version], why))


def _tag(name: str, version: Version, record: VersionRecord, commit: str, why: str) -> NewTag:
    message = f"Register {name} {version}\n\n{why}\n\n{record.to_json()}\n"
    return NewTag(f"{name}@{version}", commit, message)
