"""Files by content: hash them once, copy them only when they are what they should be."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from mlspec.adapters.files import sync_folder
from mlspec.domain.record import ArtefactFile
from mlspec.errors import IntegrityError, MlspecError

_CHUNK: Final = 1024 * 1024
_MD5: Final = re.compile(r"[0-9a-f]{32}")

Source = Callable[[ArtefactFile], AbstractContextManager[BinaryIO]]


def list_files(output: Path) -> tuple[ArtefactFile, ...]:
    """The files below an output (or the output itself when it is one), paths below it, sorted; links are refused."""
    if output.is_file() and not output.is_symlink():
        return (hash_file(output, output.name),)
    if not output.is_dir():
        raise MlspecError("this output does not exist", where=str(output), hint="run the stage that makes it")
    found = [path for path in output.rglob("*") if path.is_symlink() or not path.is_dir()]
    files = ((path.relative_to(output).as_posix(), path) for path in found)
    return tuple(hash_file(path, name) for name, path in sorted(files))


def hash_file(path: Path, name: str) -> ArtefactFile:
    """MD5, size and SHA-256 in one pass."""
    if path.is_symlink() or not path.is_file():
        raise MlspecError("an output may hold plain files only", where=str(path))
    with path.open("rb") as stream:
        return _digest(stream, name)


def md5_of(path: Path) -> str:
    """DVC's hash of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def write_folder(files: Sequence[ArtefactFile], into: Path, source: Source) -> None:
    """A folder with exactly these files, from `source`; it appears whole or not at all, and replaces what was there."""
    for file in files:
        _check_names(file)
    with replacing(into) as folder:
        folder.mkdir()
        for file in files:
            target = folder / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with source(file) as stream:
                _copy(stream, target, file)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path on which the block makes a file or folder; that takes the place of `target` when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    new = work / "new"
    try:
        yield new
        if target.exists():
            target.rename(work / "old")
        new.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _copy(stream: BinaryIO, target: Path, expected: ArtefactFile) -> None:
    with target.open("xb") as out:
        found = _digest(stream, expected.path, out)
        out.flush()
        os.fsync(out.fileno())
    if found.sha256 != expected.sha256:
        raise IntegrityError(
            f"{expected.path} is not the file that was registered",
            hint="it was changed after training: remove it from the cache or the remote, and restore or retrain it",
            details=(f"expected SHA-256 {expected.sha256}", f"found    SHA-256 {found.sha256}"),
        )


def _digest(stream: BinaryIO, name: str, out: BinaryIO | None = None) -> ArtefactFile:
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        md5.update(chunk)
        sha256.update(chunk)
        size += len(chunk)
        if out:
            out.write(chunk)
    return ArtefactFile(path=name, md5=md5.hexdigest(), size=size, sha256=sha256.hexdigest())


def _check_names(file: ArtefactFile) -> None:
    """A record comes from a tag that anyone may have pushed: its names must not lead out of the folder or the cache."""
    path = PurePosixPath(file.path)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in file.path or not _MD5.fullmatch(file.md5):
        raise IntegrityError(f"the record names a file that can't be: {file.path!r}, MD5 {file.md5!r}")
