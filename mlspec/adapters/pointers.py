"""DVC-tracked files that were edited without `dvc add`: git does not see them, so that a plan would not either."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from mlspec.ports.cache import Cache

_LARGEST: Final = 64 * 2**20
"""Bytes; a larger file is left to apply, which looks at everything that it trains on."""


def edited_files(root: str, cache: Cache, pointers: Mapping[str, str]) -> list[str]:
    """Of `path → md5:<hex>`, the files that are here and have other bytes; each is hashed once per change."""
    seen = {path: stamp for path in pointers if (stamp := _stamp(Path(root) / path))}
    known = dict(cache.get_many("hashes", seen.values()))
    fresh = {stamp: _md5(Path(root) / path) for path, stamp in seen.items() if stamp not in known}
    if fresh:
        cache.put_many("hashes", fresh)
    known |= fresh
    return sorted(path for path, stamp in seen.items() if known[stamp] != pointers[path])


def files_behind(inputs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """`path → md5:<hex>` of the pointers to files among models' inputs; folders (`.dir`) are not looked into."""
    found = {path: value for item in inputs for path, value in item.items() if isinstance(value, str)}
    return {path: value for path, value in found.items() if value.startswith("md5:") and not value.endswith(".dir")}


def _stamp(path: Path) -> str:
    """What changes when a file is written; empty where there is no file, or one too large to hash in passing."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{path}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}" if found.st_size <= _LARGEST else ""


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return f"md5:{hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()}"
