"""The runtime's own copies of models' files, by artefact."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from mlspec.adapters.files import sync_folder
from mlspec.adapters.process.folder import checked
from mlspec.domain.digest import digest, short
from mlspec.errors import MlspecError


def keep(source: Path, folder: Path, artefact: str) -> Path:
    """The copy of `source`, made whole or not at all; a copy that was tampered with is made again."""
    files = _files(source)
    target = folder / _named(artefact)
    if target.is_dir() and _same(source, target, files):
        return target
    folder.mkdir(mode=0o700, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        for file in files:
            _copy(source / file, fresh / file)
        sync_folder(fresh)
        if target.exists():
            target.rename(fresh.with_name(fresh.name.replace("new", "old")))
        fresh.rename(target)
        sync_folder(folder)
    except OSError as problem:
        shutil.rmtree(fresh, ignore_errors=True)
        raise MlspecError(f"can't copy {source} to {folder}: {problem.strerror}") from problem
    return target


def content(folder: Path) -> str:
    """The digest of a copy's files by path and SHA-256; OSError where one can't be read."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest({path.relative_to(folder).as_posix(): _sha256(path) for path in files})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prune(folder: Path, artefact: str) -> None:
    """Remove all copies but the one of `artefact` (none where it is empty)."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if not artefact or path.name != _named(artefact):
            shutil.rmtree(path, ignore_errors=True)


def _named(artefact: str) -> str:
    return checked(short(artefact, 16))


def _files(source: Path) -> list[Path]:
    files = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.is_file()]
    if not files:
        raise MlspecError(f"no model files in {source}")
    return files


def _same(source: Path, target: Path, files: list[Path]) -> bool:
    present = [path.relative_to(target) for path in sorted(target.rglob("*")) if path.is_file()]
    return files == present and all(filecmp.cmp(source / file, target / file, shallow=False) for file in files)


def _copy(source: Path, target: Path) -> None:
    """By content: DVC's files may be links into its cache."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as old, target.open("xb") as new:
        shutil.copyfileobj(old, new, 1 << 20)
        new.flush()
        os.fsync(new.fileno())
    target.chmod(0o400)
