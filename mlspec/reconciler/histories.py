"""What git remembers of every model: versions, promotions, failures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader
from mlspec.reconciler.chains import equivalents, images, trainings
from mlspec.reconciler.memories import crash, tried
from mlspec.reconciler.records import Records, RecordText, read_texts
from mlspec.reconciler.tags import ModelTags


def read_histories(
    git: GitReader,
    cache: Cache,
    tags: Mapping[str, ModelTags],
    blueprints: Iterable[Blueprint],
    committed: Mapping[str, RecordText],
    facts: Mapping[str, Mapping[str, Any]],
) -> dict[str, ModelHistory]:
    """Each model's history; `committed` are the records in HEAD's tree, `facts` those of the project's chain."""
    oids = [tag.oid for model in tags.values() for tag in model.versions.values()]
    texts = read_texts(cache, oids, git.messages)  # tags that hold no record (made by hand or by GTO) have none here
    names = {blueprint.name for blueprint in blueprints} | set(tags)
    return {
        name: _history(tags.get(name, ModelTags()), texts, committed.get(name), facts.get(name, {})) for name in names
    }


def _history(
    tags: ModelTags, texts: Mapping[str, RecordText], committed: RecordText | None, facts: Mapping[str, Any]
) -> ModelHistory:
    versions = {
        version: text
        for version, tag in tags.versions.items()
        if (text := texts.get(tag.oid)) is not None and text.version == str(version)
    }
    assigned = {
        name: tuple(version for commit in commits if (version := tags.version_at(commit, versions)))
        for name, commits in tags.stages.items()
    }
    return ModelHistory(
        versions=Records(versions),
        commits={version: tag.commit for version, tag in tags.versions.items()},
        stages={name: found[-1] for name, found in assigned.items() if found},
        assigned=assigned,
        numbers=tags.numbers,
        counter=tags.counter,
        highest=tags.highest,
        equivalent=(*equivalents(facts), *_same_bytes(committed, versions)),
        failed=_failed(facts),
        described=str(facts.get("described", "")),
        unregistered=_unregistered(committed, tags),
        images=images(facts),
        trainings=trainings(facts),
        tried=tried(facts),
        crash=crash(facts),
        suspended=str(facts.get("suspended", "")),
    )


def _failed(facts: Mapping[str, Any]) -> dict[str, str]:
    known = facts.get("failed")
    return {str(key): str(words) for key, words in known.items()} if isinstance(known, dict) else {}


def _same_bytes(committed: RecordText | None, versions: Mapping[Version, RecordText]) -> list[VersionRecord]:
    """A committed record of a registered version that is not the tag's own: a later training, the same bytes."""
    tagged = versions.get(Version.parse(committed.version)) if committed is not None else None
    if committed is None or tagged is None or tagged == committed:
        return []
    later = committed.decode()
    return [later] if later.artefact_digest == tagged.decode().artefact_digest else []


def _unregistered(committed: RecordText | None, tags: ModelTags) -> VersionRecord | None:
    """A committed record whose number was never given: a crash between commit and tag."""
    if committed is None:
        return None
    version = Version.parse(committed.version)
    return committed.decode() if tags.highest is None or version > tags.highest else None
