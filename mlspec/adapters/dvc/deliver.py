"""Data by its content, put into another folder: whatever the working tree holds, and whatever was done to the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from mlspec.adapters.dvc.content import Source
from mlspec.domain.record import ArtefactFile
from mlspec.errors import IntegrityError

_FOLDER: Final = ".dir"
_CHUNK: Final = 1024 * 1024


def deliver(objects: Mapping[str, str], into: Path, source: Source) -> None:
    """Write each path's content, named by its MD5 (a folder's ends in `.dir`), below `into`.

    IntegrityError where the bytes are not those of the name; MlspecError where they can't be had.
    """
    for path, md5 in objects.items():
        for name, each in _files(path, md5, source):
            _write(source, ArtefactFile(name, each, 0, ""), into / name)


def _files(path: str, md5: str, source: Source) -> Iterator[tuple[str, str]]:
    if not md5.endswith(_FOLDER):
        yield path, md5
        return
    with source(ArtefactFile(path, md5, 0, "")) as stream:
        listing = stream.read()
    _check(path, hashlib.md5(listing, usedforsecurity=False).hexdigest(), md5.removesuffix(_FOLDER))
    for item in json.loads(listing):
        if ".." in PurePosixPath(item["relpath"]).parts or PurePosixPath(item["relpath"]).is_absolute():
            raise IntegrityError(f"{path} lists a file that can't be: {item['relpath']!r}")
        yield f"{path}/{item['relpath']}", item["md5"]


def _write(source: Source, file: ArtefactFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.md5(usedforsecurity=False)
    with source(file) as stream, target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
            out.write(chunk)
    _check(file.path, found.hexdigest(), file.md5)


def _check(path: str, found: str, expected: str) -> None:
    if found != expected:
        raise IntegrityError(
            f"{path} is not what its pointer names",
            hint="it was changed in DVC's cache or remote: remove it there, and bring back a copy that is right",
            details=(f"expected MD5 {expected}", f"found    MD5 {found}"),
        )
