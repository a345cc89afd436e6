"""Clearing away what a killed git left behind, and nothing that a living one may still need."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.trees import TEMPORARY

MOMENT: Final = 1.0
"""Seconds that a lock must have been there: a git that is just starting may not be seen yet"""
PATIENCE: Final = 3.0
"""Seconds that a living git gets to finish: the child of a killed mlspec outlives it a little"""
_PAUSE: Final = 0.05


def repair(command: Command) -> list[str]:
    """Remove stale locks and temporary folders; what was removed, as paths below `.git`. See the port."""
    deadline = time.monotonic() + PATIENCE
    while leftovers := _leftovers(command):
        if _old_enough(leftovers) and not _is_in_use(command, leftovers):
            return [_remove(command, path) for path in leftovers]
        if time.monotonic() > deadline:
            return []
        time.sleep(_PAUSE)
    return []


def left_behind(command: Command) -> list[str]:
    """What `repair` would remove, as paths below `.git`; nothing while a living git may still need it."""
    leftovers = _leftovers(command)
    if not leftovers or not _old_enough(leftovers) or _is_in_use(command, leftovers):
        return []
    return [_shown(command, path) for path in leftovers]


def _leftovers(command: Command) -> list[Path]:
    """Lock files of the index, of HEAD and of refs, and our own temporary folders."""
    own, common = command.folder, command.common
    plain = [own / "index.lock", own / "HEAD.lock"]
    plain += [common / name for name in ("packed-refs.lock", "config.lock", "shallow.lock")]
    plain += own.glob("next-index-*.lock")
    plain += own.glob(f"{TEMPORARY}*")
    plain += (common / "refs").rglob("*.lock")
    if own != common:
        plain += (own / "refs").rglob("*.lock")
    return sorted({path for path in plain if os.path.lexists(path)})


def _old_enough(paths: list[Path]) -> bool:
    """By modification time; a clock that went backwards only makes us wait."""
    now = time.time()
    return all(now - _modified(path, now) > MOMENT for path in paths)


def _modified(path: Path, now: float) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return now  # it went just now: somebody is at work


def _remove(command: Command, path: Path) -> str:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return _shown(command, path)


def _shown(command: Command, path: Path) -> str:
    base = command.folder if path.is_relative_to(command.folder) else command.common
    return path.relative_to(base).as_posix()


def _is_in_use(command: Command, leftovers: list[Path]) -> bool:
    """Whether a process has a leftover open, or is a git that works in this repository.

    Where processes cannot be listed (no /proc), assume the worst.
    """
    if not Path("/proc/self/stat").exists():
        return True
    places = {str(command.top.resolve()), str(command.folder.resolve()), str(command.common)}
    owners = {path.lstat().st_uid for path in leftovers if os.path.lexists(path)}
    locks = {str(path) for path in leftovers}
    return any(_works_here(process, places, owners) or _has_open(process, locks) for process in _others())


def _others() -> Iterator[Path]:
    mine = str(os.getpid())
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != mine)


def _works_here(process: Path, places: set[str], owners: set[int]) -> bool:
    try:
        if not (process / "comm").read_text().startswith("git"):
            return False
        words = (process / "cmdline").read_bytes()
        if not words:  # a zombie: it holds nothing any more
            return False
        folder = str((process / "cwd").readlink())
    except FileNotFoundError:
        return False
    except OSError:  # another user's git: ours to respect only if it may own one of the files
        return _owner(process) in owners
    named = any(place.encode() in words for place in places)
    return named or any(folder == place or folder.startswith(place + "/") for place in places)


def _owner(process: Path) -> int:
    try:
        return process.stat().st_uid
    except OSError:
        return -1


def _has_open(process: Path, locks: set[str]) -> bool:
    try:
        return any(_target(handle) in locks for handle in (process / "fd").iterdir())
    except OSError:
        return False


def _target(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:
        return ""
