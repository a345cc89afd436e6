"""Telling a tracking server what is registered: after everything else, and never in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from tempfile import TemporaryDirectory

from mlspec.domain.desired import Bundle
from mlspec.domain.digest import digest
from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracked, Tracker
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.records import read_texts
from mlspec.reconciler.tags import ModelTags, read_tags


def export(ports: Ports, bundle: Bundle, uri: str, open_tracker: Callable[[str], Tracker]) -> list[str]:
    """Tell of the newest version of each model, and of those that environments should run; the models told of.

    What was told once is remembered as a hint, so that nobody is asked when there is no news. MlspecError where the
    tracker fails; what it was not told by then, it is told next time.
    """
    tags = read_tags(ports.git.tags())
    models = {
        item.name: tags[item.name] for item in bundle.blueprints if item.name in tags and tags[item.name].versions
    }
    news = {name: key for name, key in _keys(uri, models).items() if not ports.cache.get_many("exported", [key])}
    if not news:
        return []
    tracker = open_tracker(uri)
    for name, key in sorted(news.items()):
        _tell(ports, bundle, tracker, name, models[name])
        ports.cache.put_many("exported", {key: True})
    return sorted(news)


def _keys(uri: str, models: Mapping[str, ModelTags]) -> dict[str, str]:
    """What a model's tags say, in one word."""
    return {
        name: digest([uri, name, sorted(tag.oid for tag in tags.versions.values()), _aliases(tags)])
        for name, tags in models.items()
    }


def _aliases(tags: ModelTags) -> dict[str, str]:
    """Environment → the version that it should run."""
    newest = {stage: commits[-1] for stage, commits in tags.stages.items() if commits}
    versions = {stage: tags.version_at(commit) for stage, commit in newest.items()}
    return {stage: str(version) for stage, version in versions.items() if version is not None}


def _tell(ports: Ports, bundle: Bundle, tracker: Tracker, name: str, tags: ModelTags) -> None:
    aliases = _aliases(tags)
    wanted = sorted({max(tags.versions), *map(Version.parse, aliases.values())})
    records = _records(ports, [tags.versions[version].oid for version in wanted if version in tags.versions])
    with TemporaryDirectory(prefix="mlspec-export-") as folder:
        for version in wanted:
            record = records.get(str(version))
            if record is not None:
                files = _files(ports, bundle, record, f"{folder}/{version}")
                tracker.tell([Tracked(bundle.project.name, record, tags.versions[version].commit, files=files)])
    tracker.point(name, aliases)


def _records(ports: Ports, oids: Iterable[str]) -> dict[str, VersionRecord]:
    found = read_texts(ports.cache, oids, ports.git.messages).values()
    return {item.version: item.decode() for item in found}


def _files(ports: Ports, bundle: Bundle, record: VersionRecord, folder: str) -> str:
    """The model's files, where the project wants them told too; MlspecError where they can't be had."""
    if bundle.project.tracking is None or not bundle.project.tracking.files:
        return ""
    ports.pipeline.materialise(record.artefact, folder)
    return folder


def refusal(variable: str, uri: str) -> MlspecError | None:
    """Why nothing can be told, if so."""
    if uri:
        return None
    return MlspecError(f"{variable} is not set, so that no tracker is told", hint=f"export {variable}=http://…")
