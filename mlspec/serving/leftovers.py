"""Lines that were kept under other wishes: deleted or redacted, once no living worker writes them any more."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from mlspec.serving.slots import Slot

logger = logging.getLogger("mlspec.serving")

KINDS: Final = ("requests", "predictions")
"""What files of kept lines are called by: `requests-0.jsonl`, with the number of their worker's slot."""

_FRESH: Final = ".new"


class Leftovers:
    """The kept lines of a place, as far as they are of this worker's slot or of workers that are gone.

    `kept`: the kinds that are wished; all others are deleted. `redact`: columns that become null in those that stay.
    To be used in the thread that writes this worker's lines.
    """

    def __init__(self, slot: Slot, kept: Collection[str], redact: Collection[str]) -> None:
        self._slot, self._kept, self._redact = slot, kept, redact
        self._done: dict[Path, object] = {}

    def tidy(self) -> None:
        """Once for each file, again where it has changed since; an old worker's files come when it has left."""
        for path, owner in list(self._files()):
            if owner == self._slot.name:
                if path not in self._done:  # what comes later is written by this very worker
                    self._clean(path)
            elif self._done.get(path) != _stamp(path):
                with self._slot.vacant(owner) as nobody:
                    if nobody:
                        self._clean(path)

    def _files(self) -> Iterator[tuple[Path, str]]:
        for kind in KINDS:
            for path in self._slot.folder.glob(f"{kind}-*"):
                yield path, path.name.removeprefix(f"{kind}-").partition(".")[0]

    def _clean(self, path: Path) -> None:
        try:
            if path.suffix == _FRESH or path.name.partition("-")[0] not in self._kept:
                path.unlink(missing_ok=True)
            elif self._redact:
                _rewrite(path, self._redact)
        except OSError as error:
            logger.warning("%s may hold what is not to be kept any more: %s", path, error)
        self._done[path] = _stamp(path)


def redacted(document: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """A kept line without the values of these columns."""
    row = document.get("row")
    if not isinstance(row, dict):
        return document
    return {**document, "row": {name: None if name in columns else value for name, value in row.items()}}


def documents(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines of a file; one that a death cut short is passed over."""
    for line in content.splitlines():
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(document, dict):
            yield document


def _rewrite(path: Path, columns: Collection[str]) -> None:
    """Whole or not at all; OSError where it can't be."""
    before = path.read_bytes()
    after = b"".join(orjson.dumps(redacted(each, columns)) + b"\n" for each in documents(before))
    if after != before:
        fresh = path.with_name(path.name + _FRESH)
        fresh.write_bytes(after)
        fresh.replace(path)


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
