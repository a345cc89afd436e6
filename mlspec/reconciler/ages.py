"""When data of the repository changed last, asked of git only where a spec says how old it may be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mlspec.domain.desired import Blueprint
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader, Snapshot
from mlspec.ports.tree import Tree


def read_ages(
    git: GitReader, cache: Cache, snapshot: Snapshot, blueprints: Collection[Blueprint], tree: Tree
) -> Mapping[str, float | None]:
    """Path of a dated source → when it changed last; see SourceLook.changed."""
    paths = sorted({source.path for item in blueprints for source in item.dated})
    files = {path: f"{path}.dvc" if tree.pointer(path) else path for path in paths}
    settled = {path: file for path, file in files.items() if not _is_dirty(file, snapshot.dirty)}
    times = _times(git, cache, snapshot.head.commit, sorted(set(settled.values()))) if settled else {}
    return {path: times[file] for path, file in settled.items() if file in times}


def _is_dirty(file: str, dirty: Collection[str]) -> bool:
    return file in dirty or any(path.startswith(f"{file}/") for path in dirty)


def _times(git: GitReader, cache: Cache, head: str, files: Sequence[str]) -> Mapping[str, float | None]:
    """A commit's history never changes, but a shallow clone's may be fetched: what it did not tell is asked again."""
    keys = {file: f"{head}:{file}" for file in files}
    known = cache.get_many("ages", keys.values())
    asked = [file for file, key in keys.items() if key not in known]
    found = git.last_changes(asked) if asked else {}
    fresh = {keys[file]: time for file, time in found.items() if time is not None}
    if fresh:
        cache.put_many("ages", fresh)
    return {**found, **{file: known[key] for file, key in keys.items() if key in known}}
