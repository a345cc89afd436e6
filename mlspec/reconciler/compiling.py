"""Writing generated files: whole files, only those that are not current."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.compiler.blobs import blob_id
from mlspec.domain.plan import Action
from mlspec.domain.reason import ReasonKind
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World


def write_generated(ports: Ports, world: World, action: Action) -> list[str]:
    """Do a compile action: the paths that were written or removed, or are to be committed as they are."""
    blobs = world.actual.files
    documents = world.blueprint(action.model).documents if action.model else ()
    changed = write_stale(ports, ports.specs.generated(blobs, *documents), blobs)
    orphans = [reason.subject for reason in action.because if reason.kind is ReasonKind.FILE_ORPHANED]
    for orphan in orphans:
        ports.files.remove(orphan)
    left = [reason.subject for reason in action.because if reason.kind is ReasonKind.FILE_UNCOMMITTED]
    return changed + orphans + left


def write_stale(ports: Ports, files: Mapping[str, bytes], blobs: Mapping[str, str]) -> list[str]:
    """Write the files whose content the tree does not have yet."""
    stale = [path for path, content in files.items() if blobs.get(path) != blob_id(content)]
    for path in stale:
        ports.files.write(path, files[path])
    return stale
