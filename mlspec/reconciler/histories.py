"""What git remembers of every model: versions, promotions, failures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader
from mlspec.reconciler.chains import equivalents
from mlspec.reconciler.tags import ModelTags, read_tags

Records = Mapping[str, VersionRecord]


def read_histories(
    git: GitReader,
    cache: Cache,
    blueprints: Iterable[Blueprint],
    committed: Mapping[str, VersionRecord],
    facts: Mapping[str, Mapping[str, Any]],
) -> dict[str, ModelHistory]:
    """Each model's history; `committed` are the records in HEAD's tree, `facts` those of the project's chain."""
    tags = read_tags(git.tags())
    records = read_records(git, cache, [tag.oid for model in tags.values() for tag in model.versions.values()])
    names = {blueprint.name for blueprint in blueprints} | set(tags)
    return {
        name: _history(tags.get(name, ModelTags()), records, committed.get(name), facts.get(name, {})) for name in names
    }


def read_records(git: GitReader, cache: Cache, oids: Iterable[str]) -> dict[str, VersionRecord]:
    """The records in tags' messages by tag object; tags that hold none (made by hand or by GTO) are left out."""
    oids = list(oids)
    known = dict(cache.get_many("records", oids))
    fresh = {oid: parse_record(message) for oid, message in git.messages(set(oids) - known.keys()).items()}
    if fresh:
        cache.put_many("records", fresh)
    return {oid: VersionRecord.from_dict(data) for oid, data in (known | fresh).items() if data}


def parse_record(message: str) -> dict[str, Any]:
    """The JSON record of a tag's message or of a version.json; empty where there is none that can be read."""
    start = message.find("{")
    try:
        data = json.loads(message[start:]) if start >= 0 else {}
        Version.parse(VersionRecord.from_dict(data).version)
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return dict(data)


def _history(
    tags: ModelTags, records: Records, committed: VersionRecord | None, facts: Mapping[str, Any]
) -> ModelHistory:
    versions = {
        version: record
        for version, tag in tags.versions.items()
        if (record := records.get(tag.oid)) is not None and record.version == str(version)
    }
    assigned = {
        name: tuple(version for commit in commits if (version := tags.version_at(commit)) in versions)
        for name, commits in tags.stages.items()
    }
    return ModelHistory(
        versions=versions,
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
    )


def _failed(facts: Mapping[str, Any]) -> dict[str, str]:
    known = facts.get("failed")
    return {str(key): str(words) for key, words in known.items()} if isinstance(known, dict) else {}


def _same_bytes(committed: VersionRecord | None, versions: Mapping[Version, VersionRecord]) -> list[VersionRecord]:
    """A committed record of a registered version: a later training that gave the same bytes."""
    if committed is None or (tagged := versions.get(Version.parse(committed.version))) is None:
        return []
    return [committed] if committed.artefact_digest == tagged.artefact_digest else []


def _unregistered(committed: VersionRecord | None, tags: ModelTags) -> VersionRecord | None:
    """A committed record whose number was never given: a crash between commit and tag."""
    if committed is None:
        return None
    version = Version.parse(committed.version)
    return committed if tags.highest is None or version > tags.highest else None
