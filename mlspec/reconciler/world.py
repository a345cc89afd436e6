"""Observing: everything that is wanted and everything that exists, at one look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from mlspec.compiler.resolve import resolve
from mlspec.compiler.sources import desired_sources
from mlspec.domain.actual import Actual, Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, Bundle, Desired, DesiredModel, Site
from mlspec.domain.digest import JSON, digest
from mlspec.domain.reason import HeldReason
from mlspec.domain.sources import DesiredSource, SourceLook
from mlspec.errors import MlspecError
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader, Head, Snapshot
from mlspec.ports.tree import Tree
from mlspec.reconciler.ages import read_ages
from mlspec.reconciler.approvals import Evidence, with_approvals
from mlspec.reconciler.baking import canaries, services
from mlspec.reconciler.chains import PROJECT, read_chain
from mlspec.reconciler.found import edited, orphans, with_newer_pins
from mlspec.reconciler.histories import read_histories
from mlspec.reconciler.pasts import read_pasts
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.records import RecordText, read_texts
from mlspec.reconciler.renaming import with_old_memories, with_renames
from mlspec.reconciler.sites import Around, is_elsewhere, look_around, spec_places
from mlspec.reconciler.snapshots import read_snapshots
from mlspec.reconciler.stores import runnable, stores
from mlspec.reconciler.tags import read_tags
from mlspec.reconciler.watching import decisive

_SHA1: Final = 40
"""hex digits of an object's id"""


@dataclass(frozen=True, slots=True)
class World:
    """One look at everything: what planning and applying share."""

    head: Head
    dirty: frozenset[str]
    bundle: Bundle
    desired: Desired
    actual: Actual
    sites: Mapping[Place, Site]
    """where each place was seen"""

    def model(self, name: str) -> DesiredModel:
        """A model; KeyError where no spec has it."""
        for item in self.desired.models:
            if item.name == name:
                return item
        raise KeyError(name)

    def blueprint(self, model: str) -> Blueprint:
        """A model's blueprint; KeyError where no spec has it."""
        return self.model(model).blueprint

    def source(self, name: str) -> DesiredSource:
        """A source that is fetched; KeyError where no spec has it."""
        return {item.name: item for item in self.desired.sources}[name]

    def site(self, place: Place) -> Site:
        """Where a place belongs, or, of an environment that the project has no more, where it was seen."""
        home = self.bundle.project.sites.get(place.environment) or self.sites.get(place)
        # An environment that was taken out of the project may still run: on the default target, as far as is known.
        return home or Site("process")


def observe(ports: Ports) -> World:
    """Look at specs, tags, chains and runtimes; nothing is changed. SpecError, MlspecError."""
    snapshot = ports.git.snapshot()
    _refuse_sha256(snapshot)
    _refuse_tracked_hints(snapshot)
    bundle = ports.specs.bundle(snapshot.blobs)
    tree = ports.tree(snapshot)
    desired = Desired(
        project=bundle.project.name,
        revision=snapshot.head.commit,
        models=tuple(resolve(item, tree) for item in bundle.blueprints),
        environments=tuple(bundle.project.sites),
        generated=bundle.project.generated,
        stores=stores(bundle.project),
        sources=desired_sources(bundle.blueprints, tree),
    )
    tree.keep()
    actual, sites = _actual(ports, snapshot, bundle, tree)
    known = SourceLook(
        read_snapshots(ports.git, ports.cache, desired.sources),
        changed=read_ages(ports.git, ports.cache, snapshot, bundle.blueprints, tree),
    )
    actual = replace(actual, sources=known)
    return World(snapshot.head, snapshot.dirty, bundle, desired, actual, sites)


def _refuse_sha256(snapshot: Snapshot) -> None:
    """DVC and GTO read no such repository, and every digest of ours would be another."""
    if len(snapshot.head.commit) != _SHA1:
        raise MlspecError("this repository has SHA-256 objects, which DVC can't read", hint="git init makes SHA-1")


def _refuse_tracked_hints(snapshot: Snapshot) -> None:
    """Hints are believed, so they must be this machine's own: a pull request could bring others."""
    if tracked := [path for path in snapshot.blobs if path.startswith(".mlspec/")]:
        raise MlspecError(
            f"git tracks `{tracked[0]}`, but .mlspec/ holds only this machine's hints and logs",
            hint="git rm -r --cached .mlspec, and add /.mlspec/ to .gitignore",
        )


def _actual(ports: Ports, snapshot: Snapshot, bundle: Bundle, tree: Tree) -> tuple[Actual, Mapping[Place, Site]]:
    """What exists, and at which site each place was seen."""
    facts = read_chain(ports.git, ports.cache, PROJECT)
    committed = _committed(ports.git, ports.cache, snapshot, bundle.blueprints)
    past = read_pasts(ports.git, ports.cache, bundle.project.sites)
    tags = read_tags(ports.git.tags())
    read = read_histories(ports.git, ports.cache, tags, bundle.blueprints, committed, facts)
    memories = with_old_memories(past.memories, bundle.blueprints)
    renamed = with_renames(read, bundle.blueprints)
    evidence = Evidence(tags, memories, snapshot.head.commit)
    histories = with_approvals(ports.git, renamed, bundle.blueprints, evidence)
    around = _around(ports, bundle, past.rollouts)
    files = with_newer_pins(ports, bundle, snapshot.blobs)
    actual = Actual(
        base=_base(histories, around.seen),
        models=histories,
        running=around.seen,
        rollouts=past.rollouts,
        files=files,
        edited=frozenset(edited(ports, bundle, files)),
        orphans=tuple(orphans(ports, bundle, tree)),
        branch=snapshot.head.branch,
        default_branch=snapshot.head.default_branch,
        failed=past.failed,
        uncommitted=snapshot.dirty,
        images=runnable(ports, bundle, histories, around.silent),
        now=ports.clock.now(),
        head=snapshot.head.commit,
        memories=memories,
        drift=decisive(ports, bundle.blueprints, around.seen),
    )
    asked = services(ports, bundle.blueprints, actual), canaries(ports, bundle.blueprints, actual)
    return replace(actual, services=asked[0], canaries=asked[1]), around.sites


def _base(histories: Mapping[str, Any], running: Mapping[Place, Running | Unseen]) -> str:
    """The digest that tells a saved plan that the world has moved on."""
    versions: dict[str, JSON] = {
        name: [[str(version) for version in sorted(history.versions)], {k: str(v) for k, v in history.stages.items()}]
        for name, history in histories.items()
    }
    return digest([versions, {str(place): asdict(seen) for place, seen in sorted(running.items())}])


def _committed(
    git: GitReader, cache: Cache, snapshot: Snapshot, blueprints: tuple[Blueprint, ...]
) -> dict[str, RecordText]:
    """The records beside dvc.lock as HEAD has them; one that is not committed yet does not count."""
    paths = {item.name: f"{item.folder}/version.json" for item in blueprints}
    blobs = {
        name: snapshot.blobs[path]
        for name, path in paths.items()
        if path in snapshot.blobs and path not in snapshot.dirty
    }
    texts = read_texts(cache, blobs.values(), lambda oids: _texts(git.read(oids)), "committed-records")
    return {name: texts[blob] for name, blob in blobs.items() if blob in texts}


def _texts(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {blob: data.decode(errors="replace") for blob, data in contents.items()}


def _around(ports: Ports, bundle: Bundle, rollouts: Mapping[Place, Rollout]) -> Around:
    """What the sites say; what only another machine can see is Unseen."""
    around = look_around(ports, bundle.project, spec_places(bundle.blueprints) | set(rollouts))
    away = {
        place: Unseen(place, HeldReason.TARGET_NOT_HERE)
        for place, last in rollouts.items()
        if place not in around.seen and is_elsewhere(ports, bundle.project, place, last)
    }
    return replace(around, seen={**around.seen, **away})
