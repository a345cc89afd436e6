"""Logs of a place: one file for each generation of workers, capped, the oldest dropped."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KEPT: Final = 5
CAP: Final = 4 << 20
"""Bytes; workers write to the file themselves, so that their last words survive the supervisor."""
TAIL: Final = 256 << 10


class Journal:
    """The log of one generation. Written in append mode by several processes, so it may be cut while in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    @classmethod
    def following(cls, folder: Path) -> Journal:
        """The next log of this folder; the oldest ones are removed."""
        present = log_files(folder)
        for old in present[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        number = int(present[-1].stem) + 1 if present else 1
        return cls(folder / f"{number:08}.log")

    def fileno(self) -> int:
        """For a worker's standard streams."""
        return self._file.fileno()

    def note(self, message: str) -> None:
        """A line of the supervisor's own."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._file.write(f"{now} supervisor: {message}\n".encode())

    def cut(self) -> None:
        """Keep only the newest quarter of a log that grew over its cap."""
        if self.path.exists() and self.path.stat().st_size > CAP:
            with self.path.open("rb") as old:
                old.seek(-CAP // 4, os.SEEK_END)
                rest = old.read().partition(b"\n")[2]
            self._file.truncate(0)
            self._file.write(rest)

    def last(self, lines: int) -> tuple[str, ...]:
        """The newest lines."""
        return tail(self.path, lines)

    def close(self) -> None:
        """Close the file; workers keep theirs."""
        self._file.close()


def log_files(folder: Path) -> list[Path]:
    """All generations' logs, oldest first."""
    return sorted(path for path in folder.glob("*.log") if path.stem.isdecimal())


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last lines of a file, at most TAIL bytes of it; nothing where there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-lines:]) if lines > 0 else ()


def newest_lines(folder: Path, lines: int) -> Sequence[str]:
    """The newest lines of all generations, oldest first."""
    found: tuple[str, ...] = ()
    for path in reversed(log_files(folder)):
        if (missing := lines - len(found)) <= 0:
            break
        found = tail(path, missing) + found
    return found
