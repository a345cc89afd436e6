"""Telling a tracking server what is registered: after everything else, and never in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Bundle
from mlspec.domain.digest import digest
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracked, Tracker
from mlspec.reconciler.approvals import Evidence, with_approvals
from mlspec.reconciler.histories import read_histories
from mlspec.reconciler.pasts import read_pasts
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.records import read_texts
from mlspec.reconciler.renaming import with_old_memories
from mlspec.reconciler.tags import ModelTags, read_tags
from mlspec.reconciler.world import World


def export(ports: Ports, world: World, uri: str, open_tracker: Callable[[str], Tracker]) -> list[str]:
    """Tell of the newest version of each model, and of those that environments should run; the models told of.

    What was told once is remembered as a hint, so that nobody is asked when there is no news. MlspecError where the
    tracker fails; what it was not told by then, it is told next time.
    """
    models = _models(ports, world)
    keys = {name: _key(uri, model, files=_wants_files(world.bundle)) for name, model in models.items()}
    news = {name: key for name, key in keys.items() if not ports.cache.get_many("exported", [key])}
    if not news:
        return []
    tracker = open_tracker(uri)
    for name, key in sorted(news.items()):
        _tell(ports, world.bundle, tracker, models[name])
        ports.cache.put_many("exported", {key: True})
    return sorted(news)


@dataclass(frozen=True, slots=True)
class _Model:
    """What git says of one model."""

    name: str
    tags: ModelTags
    aliases: Mapping[str, str]
    """environment → the version that it should run; empty where nothing is promoted there any more"""


def _models(ports: Ports, world: World) -> dict[str, _Model]:
    """The specs' models that have versions, by what the tags say now."""
    blueprints, tags = world.bundle.blueprints, read_tags(ports.git.tags())
    histories = read_histories(ports.git, ports.cache, tags, blueprints, {}, {})
    past = read_pasts(ports.git, ports.cache, world.bundle.project.sites)
    evidence = Evidence(tags, with_old_memories(past.memories, blueprints), world.head.commit)
    judged = with_approvals(ports.git, histories, blueprints, evidence)
    known = [(item.name, tags[item.name]) for item in blueprints if item.name in tags and tags[item.name].versions]
    return {name: _Model(name, found, _aliases(found, judged[name])) for name, found in known}


def _aliases(tags: ModelTags, history: ModelHistory) -> dict[str, str]:
    """By promotions that count, not by those of people whom the spec doesn't let decide."""
    return {stage: str(history.stages.get(stage, "")) for stage in tags.stages}


def _key(uri: str, model: _Model, *, files: bool) -> str:
    """What is told of a model, in one word."""
    versions = sorted(tag.oid for tag in model.tags.versions.values())
    return digest([uri, model.name, versions, dict(model.aliases), *(["files"] if files else [])])


def _tell(ports: Ports, bundle: Bundle, tracker: Tracker, model: _Model) -> None:
    tags = model.tags
    wanted = sorted({max(tags.versions), *(Version.parse(name) for name in model.aliases.values() if name)})
    records = _records(ports, [tags.versions[version].oid for version in wanted if version in tags.versions])
    with TemporaryDirectory(prefix="mlspec-export-") as folder:
        for version in wanted:
            record = records.get(str(version))
            if record is not None:
                files = _files(ports, bundle, record, f"{folder}/{version}")
                tracker.tell([Tracked(bundle.project.name, record, tags.versions[version].commit, files=files)])
    tracker.point(model.name, model.aliases)


def _records(ports: Ports, oids: Iterable[str]) -> dict[str, VersionRecord]:
    found = read_texts(ports.cache, oids, ports.git.messages).values()
    return {item.version: item.decode() for item in found}


def _files(ports: Ports, bundle: Bundle, record: VersionRecord, folder: str) -> str:
    """The model's files, where the project wants them told too; MlspecError where they can't be had."""
    if not _wants_files(bundle):
        return ""
    ports.pipeline.materialise(record.artefact, folder)
    return folder


def _wants_files(bundle: Bundle) -> bool:
    return bundle.project.tracking is not None and bundle.project.tracking.files


def refusal(variable: str, uri: str) -> MlspecError | None:
    """Why nothing can be told, if so."""
    if uri:
        return None
    return MlspecError(f"{variable} is not set, so that no tracker is told", hint=f"export {variable}=http://…")
