"""The working tree as digests see it: names and blob ids from a snapshot, contents read once per content."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from mlspec.compiler.lockfile import packages
from mlspec.domain.python import PythonCode, python_code
from mlspec.ports.cache import Cache
from mlspec.ports.files import Files


class WorkTree:
    """A Tree over a snapshot's blobs; what is read goes to the cache by blob id, when `keep` is called."""

    def __init__(self, blobs: Mapping[str, str], files: Files, cache: Cache) -> None:
        self._blobs = blobs
        self._files = files
        self._cache = cache
        self._codes: dict[str, PythonCode] = {}
        self._fresh: dict[str, dict[str, Any]] = defaultdict(dict)

    def blob(self, path: str) -> str | None:
        """See Tree."""
        return self._blobs.get(path)

    def below(self, folder: str) -> Sequence[str]:
        """See Tree."""
        start = f"{folder.rstrip('/')}/"
        first = bisect_left(self._paths, start)
        # "0" follows "/" in ASCII, so that everything below the folder sorts before it.
        return self._paths[first : bisect_left(self._paths, f"{start[:-1]}0")]

    def pointer(self, path: str) -> str | None:
        """See Tree."""
        found: str | None = self._read("pointers", f"{path}.dvc", _pointer)
        return found

    def python(self, path: str) -> PythonCode:
        """See Tree; parsed once per content and process."""
        blob = self._blobs[path]
        if blob not in self._codes:
            found = self._read("python", path, _code)
            self._codes[blob] = PythonCode(found["digest"], tuple(found["imports"]))
        return self._codes[blob]

    def packages(self, path: str) -> Mapping[str, str]:
        """See Tree."""
        found: Mapping[str, str] = self._read("packages", path, lambda data: packages(data.decode(errors="replace")))
        return found

    def keep(self) -> None:
        """See Tree; all at once, for each time the cache writes a whole file."""
        for namespace, items in self._fresh.items():
            self._cache.put_many(namespace, items)
        self._fresh.clear()

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._blobs)

    def _read(self, namespace: str, path: str, parse: Callable[[bytes], Any]) -> Any:
        """What `parse` makes of a file, by its blob id; None where git does not have the file."""
        blob = self._blobs.get(path)
        if blob is None:
            return None
        known = self._cache.get_many(namespace, [blob]) or self._fresh[namespace]
        if blob not in known:
            known = self._fresh[namespace]
            known[blob] = parse(self._files.read(path) or b"")
        return known[blob]


def _pointer(data: bytes) -> str | None:
    from mlspec.compiler.pointer import pointer_digest  # noqa: PLC0415 - yaml's import is paid for new pointers only

    return pointer_digest(data.decode(errors="replace"))


def _code(data: bytes) -> dict[str, Any]:
    code = python_code(data)
    return {"digest": code.digest, "imports": list(code.imports)}
