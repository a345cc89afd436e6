"""The lock that lets one mlspec at a time change a project on this machine."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mlspec.errors import LockHeld, MlspecError

_PAUSE: Final = 0.05
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@contextmanager
def project_lock(path: Path | str, wait: float = 0, *, verb: str = "") -> Iterator[None]:
    """Hold the lock file at `path`; wait at most `wait` seconds for it, then LockHeld.

    The kernel releases it when the holder ends, however it ends, so it is never broken by pid: what is written
    inside (pid, host, verb) is for people. Programs started meanwhile do not inherit it. Keep it where nobody
    deletes it: a deleted lock file locks nothing (the repository's `.git` is a good place).
    """
    lock = Path(path)
    held = _acquire(lock, time.monotonic() + wait)
    try:
        _describe(held, verb)
        yield
    finally:
        with suppress(OSError):
            os.ftruncate(held, 0)
        fcntl.flock(held, fcntl.LOCK_UN)  # a forked child may still have the file open
        os.close(held)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        opened = _open(path)
        if _locked(opened) and _is_still(path, opened):
            return opened
        holder = _holder(opened)
        os.close(opened)
        if time.monotonic() >= deadline:
            raise LockHeld("another mlspec is at work here", hint="wait until it is done", details=holder)
        time.sleep(_PAUSE)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, _FLAGS, 0o644)
    except OSError as error:
        raise MlspecError(f"the lock file cannot be opened: {error.strerror}", where=str(path)) from error


def _locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        os.close(opened)
        raise MlspecError(f"this file system has no locks: {error.strerror}") from error
    return True


def _is_still(path: Path, opened: int) -> bool:
    """Whether the name still leads to the file that we locked: it may have been deleted while we waited."""
    try:
        return os.path.samestat(os.fstat(opened), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _describe(held: int, verb: str) -> None:
    """Say who holds it; a full disk is no reason not to work."""
    text = f"pid {os.getpid()}\nhost {socket.gethostname()}\nverb {verb or 'unknown'}\n"
    with suppress(OSError):
        os.ftruncate(held, 0)
        os.pwrite(held, text.encode(), 0)


def _holder(opened: int) -> tuple[str, ...]:
    return tuple(os.pread(opened, 1024, 0).decode(errors="replace").splitlines())
