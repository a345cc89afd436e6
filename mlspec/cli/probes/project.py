"""Probes of the project: what the specs ask for against what is here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mlspec.adapters.dvc.examine import Settings, examine, torn_files
from mlspec.adapters.git.locate import other_projects
from mlspec.cli.probes.engines import engines
from mlspec.cli.probes.guard import guarded
from mlspec.cli.wiring import RealPorts
from mlspec.compiler.resolve import resolve
from mlspec.domain.desired import Bundle, DesiredModel
from mlspec.domain.record import VersionRecord
from mlspec.errors import MlspecError
from mlspec.ports.git import Snapshot
from mlspec.reconciler.checkup import project, repository, runtime, sources
from mlspec.reconciler.checkup.check import Check, note
from mlspec.reconciler.found import orphans
from mlspec.reconciler.records import read_texts
from mlspec.reconciler.sites import look_around
from mlspec.reconciler.tags import read_tags


def dvc_files(ports: RealPorts, snapshot: Snapshot) -> Iterator[Check]:
    """DVC's settings, what its files look like, and the versions whose bytes it should have."""
    root = Path(ports.root)
    locks = [path for path in snapshot.blobs if path.rpartition("/")[2] == "dvc.lock"]
    yield from guarded("dvc locks", lambda: repository.dvc_locks(torn_files(root, locks)))
    if (root / ".dvc").is_dir():
        yield from guarded("dvc", lambda: _settings(root, _records(ports)))


def specs(ports: RealPorts, snapshot: Snapshot) -> Check:
    """The specs, read anew; a project may still be without any."""
    try:
        loaded = ports.specs.load(snapshot.blobs)
    except MlspecError as error:
        return note("specs", error.message, error.hint)
    return project.specs(len(loaded.models), [str(problem) for problem in loaded.problems])


def contents(ports: RealPorts, snapshot: Snapshot) -> Iterator[Check]:
    """What valid specs ask for."""
    bundle = ports.specs.bundle(snapshot.blobs)
    tree = ports.tree(snapshot)
    models = [resolve(blueprint, tree) for blueprint in bundle.blueprints]
    tree.keep()
    yield from guarded("name", lambda: project.names(bundle.project.name, _others(ports)))
    yield from guarded("generated", lambda: _generated(ports, snapshot, bundle))
    yield from guarded("ci", lambda: _workflows(ports, snapshot))
    yield from guarded("data", lambda: project.data(_data(Path(ports.root), models)))
    yield from guarded("environment", lambda: _environment(ports, models))
    yield from guarded("gpu", lambda: _processors(ports, snapshot, bundle))
    yield from guarded("sources", lambda: _sources(ports, bundle))
    yield from engines(bundle)
    yield from guarded("servers", lambda: _servers(ports, bundle))


def _others(ports: RealPorts) -> dict[str, str]:
    """Folder → name of the other projects in this repository; one that can't be read has its own doctor."""
    names = {}
    for folder in other_projects(ports.place):
        with suppress(MlspecError):
            other = RealPorts(Path(folder))
            names[folder] = other.specs.load(other.git.snapshot().blobs).project.name
    return names


def _settings(root: Path, records: Sequence[VersionRecord]) -> list[Check]:
    found = examine(root, {file.md5 for record in records for file in record.artefact})
    return [
        repository.analytics(found.analytics),
        repository.dvc_remote(found.remote),
        project.versions(len(records), _away(records, found), remote=bool(found.remote)),
    ]


def _records(ports: RealPorts) -> list[VersionRecord]:
    tags = read_tags(ports.git.tags()).values()
    oids = [tag.oid for model in tags for tag in model.versions.values()]
    return [found.decode() for found in read_texts(ports.cache, oids, ports.git.messages).values()]


def _away(records: Sequence[VersionRecord], settings: Settings) -> list[str]:
    lacking = (record for record in records if any(file.md5 in settings.uncached for file in record.artefact))
    return sorted(f"{record.model}@{record.version}" for record in lacking)


def _generated(ports: RealPorts, snapshot: Snapshot, bundle: Bundle) -> Check:
    wanted = dict(bundle.project.generated)
    for item in bundle.blueprints:
        wanted |= item.generated
    stale = sorted(path for path, blob in wanted.items() if snapshot.blobs.get(path) != blob)
    return project.generated(stale, orphans(ports, bundle, ports.tree(snapshot)))


def _data(root: Path, models: Sequence[DesiredModel]) -> project.DataFacts:
    """Files that several models read are told once."""
    paths = {ref.path for model in models for ref in model.blueprint.files if not ref.optional}
    fetched = {ref.path for model in models for ref in model.blueprint.sources}
    unfound = {ref.path for model in models for ref in model.missing}
    missing = unfound - fetched
    here = {path for path in paths | missing if (root / path).exists()}
    return project.DataFacts(
        count=len(paths | missing),
        unknown=sorted(missing & here),
        absent=sorted(missing - here),
        away=sorted(paths - unfound - here),
    )


def _workflows(ports: RealPorts, snapshot: Snapshot) -> list[Check]:
    ci = ports.specs.load(snapshot.blobs).project.ci
    return project.workflows(ci, snapshot.head.default_branch, found=ci.requirements in snapshot.blobs)


def _sources(ports: RealPorts, bundle: Bundle) -> list[Check]:
    refs = {ref.name: ref for item in bundle.blueprints for ref in item.sources}
    return list(sources.sources({name: ports.source(ref).lacks() for name, ref in refs.items()}))


def _environment(ports: RealPorts, models: Sequence[DesiredModel]) -> list[Check]:
    locks = {model.blueprint.lock.path: model for model in models if model.blueprint.lock}
    found = {path: ports.steps.mismatches(model.blueprint.python, model.packages) for path, model in locks.items()}
    return project.environment(len(locks), {path: wrong for path, wrong in found.items() if wrong})


def _processors(ports: RealPorts, snapshot: Snapshot, bundle: Bundle) -> list[Check]:
    """Nothing is looked for where no model asks for any."""
    wanted = {item.name: item.compute.gpu for item in bundle.blueprints if item.compute.gpu}
    if not wanted:
        return []
    ci = ports.specs.load(snapshot.blobs).project.ci
    train = ci.jobs.get("train")
    named = ci.runs_on is not None or (train is not None and train.runs_on is not None)
    return project.processors(wanted, ports.steps.devices(), () if named else ci.providers)


def _servers(ports: RealPorts, bundle: Bundle) -> list[Check]:
    return runtime.servers(look_around(ports, bundle.project, ()).seen)
