"""Where workers of one place keep what they counted: a file for each that is alive, taken over by the next one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

MOST: Final = 1000
"""Workers at a time."""


class Slot:
    """The first number that no living worker has: its lock is held until this process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take one; OSError where the folder can't be written."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.number, self._lock = self._take()

    def _take(self) -> tuple[int, int]:
        for number in range(MOST):
            if (lock := self._locked(str(number))) is not None:
                return number, lock
        raise OSError(f"more than {MOST} workers")

    def _locked(self, name: str) -> int | None:
        lock = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    @contextmanager
    def vacant(self, name: str) -> Iterator[bool]:
        """Whether no living worker has a slot; where that is so, none takes it while the context lasts."""
        lock = self._locked(name)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                os.close(lock)

    def release(self) -> None:
        """Give it up before this process ends."""
        os.close(self._lock)

    @property
    def name(self) -> str:
        """The slot's name among those of its place."""
        return str(self.number)

    def read(self) -> Any:
        """What the last worker with this number wrote, None where there is nothing that can be read."""
        return _read(self.folder / f"{self.number}.json")

    def write(self, document: Any) -> None:
        """Replace it, whole or not at all; OSError where it can't be written."""
        fresh = self.folder / f".{self.number}.new"
        fresh.write_bytes(orjson.dumps(document))
        fresh.replace(self.folder / f"{self.number}.json")

    def others(self) -> Iterator[tuple[str, Any]]:
        """Name and document of all other slots, whether their worker lives or not."""
        for path in sorted(self.folder.glob("*.json")):
            if path.stem != self.name and (found := _read(path)) is not None:
                yield path.stem, found


def _read(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
