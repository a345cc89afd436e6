"""Data that DVC tracks with `x.dvc` files: is it here, and bring it back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.repo import Repo
from dvc_data.hashfile.checkout import checkout
from dvc_data.hashfile.hash_info import HashInfo

from mlspec.adapters.dvc.content import replacing
from mlspec.adapters.dvc.store import Store
from mlspec.errors import MlspecError


def pointer_of(root: Path, path: str) -> str:
    """The `.dvc` file that tracks a path or a folder above it; empty when there is none."""
    pure = PurePosixPath(path)
    candidates = (f"{folder}.dvc" for folder in (pure, *pure.parents) if folder.name)
    return next((name for name in candidates if (root / name).is_file()), "")


def find_missing(root: Path, paths: Sequence[str]) -> list[str]:
    """Of the tracked paths, those that are not in the working tree."""
    return [path for path in paths if pointer_of(root, path) and not (root / path).exists()]


def find_modified(repo: Repo, paths: Sequence[str]) -> list[str]:
    """Of the tracked paths, those that are here but are not what their `.dvc` file says."""
    here = {
        path: pointer for path in paths if (pointer := pointer_of(Path(repo.root_dir), path)) and Path(path).exists()
    }
    return [path for path, pointer in here.items() if _out(repo, pointer).workspace_status()]


def restore_all(repo: Repo, paths: Sequence[str]) -> list[str]:
    """Bring back what is missing from the cache or the remote; returns the paths that could not be had."""
    root, store = Path(repo.root_dir), Store(repo)
    return [path for path in find_missing(root, paths) if not _restore(repo, store, pointer_of(root, path))]


def track(repo: Repo, path: str) -> None:
    """What `dvc add` does for one file, without building the graph of all stages, and without a word.

    What a pointer says besides (`desc`, `meta`) stays.
    """
    pointer = f"{path}.dvc"
    if Path(pointer).is_file():
        stage = repo.stage.load_one(path=pointer)
    else:
        folder, name = os.path.split(path)
        stage = repo.stage.create(single_stage=True, validate=False, fname=pointer, wdir=folder or ".", outs=[name])
    with repo.lock:
        stage.add_outs()
        stage.dump()


def put_back(repo: Repo, file: str) -> None:
    """The outputs of a dvc.yaml's stages as its lock has them; what only the remote has is not worth a download."""
    store = Store(repo)
    outs = [out for stage in repo.stage.load_all(file) for out in stage.outs if out.use_cache and out.hash_info]
    for out in outs:
        if out.workspace_status() and not _from_cache(repo, store, out):
            out.remove()


def _from_cache(repo: Repo, store: Store, out: Any) -> bool:
    if not store.cached(str(out.hash_info.value)).is_file():
        return False
    objects = store.objects_of(out)
    if not all(store.cached(str(item.value)).is_file() for item in objects):
        return False
    _write(repo, store, out, objects)
    return True


def _restore(repo: Repo, store: Store, pointer: str) -> bool:
    out = _out(repo, pointer)
    try:
        objects = store.objects_of(out)
    except MlspecError:
        return False
    if not store.fetch(objects):
        return False
    _write(repo, store, out, objects)
    return True


def _write(repo: Repo, store: Store, out: Any, objects: set[HashInfo]) -> None:
    """Whole or not at all: an interrupted checkout would leave half a folder, which looks like all of it."""
    store.verify(objects)
    with replacing(Path(out.fs_path)) as new:
        checkout(str(new), out.fs, out.get_obj(), out.cache, force=True, state=repo.state)


def _out(repo: Repo, pointer: str) -> Any:
    (out,) = repo.stage.load_one(path=pointer).outs
    return out
