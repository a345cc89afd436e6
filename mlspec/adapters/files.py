"""Writing files so that a crash leaves the old bytes or the new ones, and never outside the project."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mlspec.errors import MlspecError

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SUFFIX: Final = ".mlspec-tmp"
_STALE: Final = 60.0
"""Seconds after which a temporary file is one that a killed process left behind"""


def write_atomically(path: Path | str, data: bytes, root: Path | str) -> None:
    """Put `data` into the file at `path` (absolute, or below `root`); makes missing folders, keeps its permissions.

    MlspecError where the file would not lie below `root`, or where it or a folder on its way is a symbolic link:
    each folder is opened from the one above it without following links, so nobody can swap one in meanwhile.
    """
    parts = relative_parts(path, root)
    where = "/".join(parts)
    try:
        with _folder(root, parts[:-1]) as folder:
            _replace(folder, parts[-1], data, where)
    except OSError as error:
        raise _refusal(error, where) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def relative_parts(path: Path | str, root: Path | str) -> tuple[str, ...]:
    """The names from `root` down to `path`; MlspecError where they lead out of it."""
    # the path as spelled, not as resolved: links on the way must be seen, not followed
    spelled = Path(path)
    if spelled.is_absolute():
        if not spelled.is_relative_to(root):
            raise MlspecError("this file is outside the project", where=str(path))
        spelled = spelled.relative_to(root)
    if not spelled.parts or ".." in spelled.parts:
        raise MlspecError("this file is outside the project", where=str(path))
    if ".git" in {part.lower() for part in spelled.parts}:
        raise MlspecError("this file is git's own", where=str(path))
    return spelled.parts


@contextmanager
def _folder(root: Path | str, names: tuple[str, ...]) -> Iterator[int]:
    """The open folder below `root`, made where it is missing; `root` itself may be reached through a link."""
    opened = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            above, opened = opened, _open_below(opened, name)
            os.close(above)
        yield opened
    finally:
        os.close(opened)


def _open_below(above: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=above)
            os.fsync(above)
        return os.open(name, _FOLDER, dir_fd=above)


def _replace(folder: int, name: str, data: bytes, where: str) -> None:
    mode = _mode(folder, name, where)
    _sweep(folder, name)
    temporary = f".{name}.{secrets.token_hex(6)}{_SUFFIX}"
    try:
        _write(folder, temporary, data, mode)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _mode(folder: int, name: str, where: str) -> int | None:
    """The permissions of the file that is there, None where there is none."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found):
        what = "a symbolic link" if stat.S_ISLNK(found) else "no ordinary file"
        raise MlspecError(f"this is {what}, and mlspec does not write through it", hint="remove it", where=where)
    return stat.S_IMODE(found)


def _write(folder: int, name: str, data: bytes, mode: int | None) -> None:
    with os.fdopen(os.open(name, _NEW_FILE, 0o666, dir_fd=folder), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sweep(folder: int, name: str) -> None:
    """Remove what killed writers of this same file left behind."""
    for entry in os.listdir(folder):
        if entry.startswith(f".{name}.") and entry.endswith(_SUFFIX):
            with suppress(FileNotFoundError):
                if time.time() - os.stat(entry, dir_fd=folder).st_mtime > _STALE:
                    os.unlink(entry, dir_fd=folder)


def _refusal(error: OSError, where: str) -> MlspecError:
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return MlspecError(
            "a folder on the way to this file is a symbolic link or a file", hint="mlspec follows no links", where=where
        )
    return MlspecError(f"this file cannot be written: {error.strerror}", where=where)
