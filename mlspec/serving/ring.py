"""A bounded log of JSON lines: the newest stay, those that had to go are counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from mlspec.serving.leftovers import documents

logger = logging.getLogger("mlspec.serving")

LARGEST: Final = 8 << 20
"""Bytes of one of the two files of a ring: a container has 64 MiB for all of them."""


class Ring:
    """The newest `keep` lines of one worker, in two files that take turns; other workers' files are read with them."""

    def __init__(self, folder: Path, kind: str, worker: str, keep: int) -> None:
        """`kind` and `worker` name the files: `requests-0.jsonl`; OSError where the folder can't be made."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.dropped = 0
        self._folder, self._kind, self._keep = folder, kind, keep
        self._path = folder / f"{kind}-{worker}.jsonl"
        self._old = folder / f"{kind}-{worker}.old.jsonl"
        self._lines = sum(1 for _ in _lines(self._path))

    def add(self, documents: Sequence[Any]) -> None:
        """Append; what can't be written is dropped, and counted."""
        for part in _parts(documents):
            self._append(part)

    def _append(self, documents: Sequence[Any]) -> None:
        try:
            if self._lines >= self._keep or (self._path.exists() and self._path.stat().st_size > LARGEST):
                self._turn()
            with self._path.open("ab") as file:
                file.write(b"".join(orjson.dumps(each) + b"\n" for each in documents))
        except (OSError, TypeError) as error:
            self.dropped += len(documents)
            logger.warning("%d %s could not be kept: %s", len(documents), self._kind, error)
        else:
            self._lines += len(documents)

    def _turn(self) -> None:
        """Let the newer file be the older one; what that had is gone."""
        self.dropped += sum(1 for _ in _lines(self._old))
        self._path.replace(self._old)
        self._lines = 0

    def newest(self) -> list[Any]:
        """The newest lines of all workers of the folder, by their `time`."""
        paths = sorted(self._folder.glob(f"{self._kind}-*.jsonl"))
        found = [each for path in paths for each in documents(b"".join(_lines(path)))]
        return sorted(found, key=lambda each: each.get("time", 0))[-self._keep :]


def _parts(documents: Sequence[Any]) -> Iterator[list[Any]]:
    """Documents that are written at a time: few enough that a file is hardly longer than it may be."""
    part: list[Any] = []
    size = 0
    for document in documents:
        part.append(document)
        size += len(orjson.dumps(document, default=str))  # what is no JSON is told when it is written
        if size > LARGEST // 8:
            yield part
            part, size = [], 0
    if part:
        yield part


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError:
        return
