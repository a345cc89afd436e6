"""Hints for speed, by content: a store that may vanish, be damaged or be read-only without anyone noticing."""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Final, cast

import orjson

from mlspec.domain.digest import JSON

_HEADER: Final = b"mlspec cache 1 %08x\n"
_NAMESPACE: Final = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
_IGNORE: Final = "# Written by mlspec: hints for speed, safe to delete.\n*\n"

DEFAULT_LIMIT: Final = 50_000


class Cache:
    """Values by namespace and key, one file for each namespace.

    Keys must name their value's content (a blob id, a digest): there is no other invalidation. Values are JSON;
    what cannot be spelled as JSON is not kept. Not for secrets, and nothing may depend on a value being there.
    """

    def __init__(self, folder: Path | str, *, limit: int = DEFAULT_LIMIT) -> None:
        """`limit`: above this many keys in a namespace, those that this run neither got nor put are dropped."""
        self._folder = Path(folder)
        self._limit = limit
        self._loaded: dict[str, dict[str, JSON]] = {}
        self._used: dict[str, set[str]] = {}
        self._lock = RLock()

    def get_many(self, namespace: str, keys: Iterable[str]) -> dict[str, JSON]:
        """The values that are there; the other keys are left out."""
        with self._lock:
            values = self._values(namespace)
            found = {key: values[key] for key in keys if key in values}
            self._used[namespace].update(found)
            return found

    def put_many(self, namespace: str, items: Mapping[str, JSON]) -> None:
        """Keep these values; writes the namespace's whole file, so put all of a run at once."""
        with self._lock:
            values = self._values(namespace)
            self._used[namespace].update(items)
            new = {key: value for key, value in items.items() if key not in values or values[key] != value}
            if not new:
                return
            values |= new
            self._bound(namespace)
            with suppress(OSError, TypeError, ValueError):
                self._write(namespace)

    def _values(self, namespace: str) -> dict[str, JSON]:
        if namespace not in self._loaded:
            self._loaded[namespace] = _load(self._file(namespace))
            self._used[namespace] = set()
        return self._loaded[namespace]

    def _file(self, namespace: str) -> Path:
        if not _NAMESPACE.fullmatch(namespace):
            raise ValueError(f"not a namespace: {namespace!r}")
        return self._folder / f"{namespace}.json"

    def _bound(self, namespace: str) -> None:
        values, used = self._loaded[namespace], self._used[namespace]
        if len(values) > self._limit:
            self._loaded[namespace] = {key: value for key, value in values.items() if key in used}

    def _write(self, namespace: str) -> None:
        """Replace the file in one step; without fsync, for a torn file is only an empty one (see `_load`)."""
        body = orjson.dumps(self._loaded[namespace])
        self._prepare()
        handle, name = tempfile.mkstemp(prefix=f".{namespace}.", suffix=".tmp", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_HEADER % zlib.crc32(body))
                file.write(body)
            Path(name).replace(self._file(namespace))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _prepare(self) -> None:
        """Make the folder, ignored by git whatever the project's own .gitignore says; never through a link."""
        if self._folder.is_symlink():
            raise NotADirectoryError(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE)


def _load(file: Path) -> dict[str, JSON]:
    """A file's values; none where it is missing, unreadable, torn or of another make."""
    try:
        data = memoryview(file.read_bytes())
        size = len(_HEADER % 0)
        body = data[size:]
        if data[:size] != _HEADER % zlib.crc32(body):
            return {}
        values = orjson.loads(body)
    except (OSError, orjson.JSONDecodeError):
        return {}
    return cast("dict[str, JSON]", values) if isinstance(values, dict) else {}
