"""Where a place keeps its control socket, locks, logs and bundles: `<root>/<project>/<environment>/<model>/`."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.domain.actual import Place
from mlspec.errors import LockHeld, MlspecError

LEVELS: Final = 3
"""Folders above a place's own that are ours: environment, project, root."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


def default_root() -> Path:
    """`$MLSPEC_RUNTIME_DIR`, else mlspec's folder below `$XDG_STATE_HOME`, else below ~/.local/state."""
    if chosen := os.environ.get("MLSPEC_RUNTIME_DIR"):
        return Path(chosen).absolute()
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "mlspec"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """All places of one project on this machine."""

    path: Path

    @classmethod
    def of(cls, root: Path, project: str) -> ProjectFolder:
        """The project's folder, not made yet; MlspecError where the name is no name."""
        return cls(root / checked(project))

    def place(self, place: Place) -> PlaceFolder:
        """A place's folder, not made yet; MlspecError where a name is no name."""
        return PlaceFolder(self.path / checked(place.environment) / checked(place.model))

    def places(self) -> Iterator[tuple[Place, PlaceFolder]]:
        """Every place that has a folder, whether something runs there or not."""
        for environment in _folders(self.path):
            for model in _folders(environment):
                yield Place(environment.name, model.name), PlaceFolder(model)


@dataclass(frozen=True, slots=True)
class PlaceFolder:
    """One place."""

    path: Path

    @property
    def bundles(self) -> Path:
        """The copies of models' files."""
        return self.path / "bundles"

    @property
    def logs(self) -> Path:
        """The workers' logs."""
        return self.path / "logs"

    @property
    def supervisor_log(self) -> Path:
        """What a supervisor said that could not start."""
        return self.path / "supervisor.err"

    def exists(self) -> bool:
        """Whether it was ever made."""
        return self.path.is_dir()

    @contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Hold the place alone, its folder made if need be; LockHeld after `patience` seconds."""
        with self._held("lock", patience):
            yield

    def remove(self, patience: float) -> None:
        """Delete it, once its supervisor has ended. To be called under `locked`."""
        with self._held("supervisor.lock", patience):
            shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            self.path.parent.rmdir()  # the last model of its environment

    @contextmanager
    def _held(self, name: str, patience: float) -> Iterator[None]:
        deadline = time.monotonic() + patience
        while (lock := self._try(name)) is None:
            if time.monotonic() > deadline:
                raise LockHeld(f"another mlspec is at work on {self.path.name} in {self.path.parent.name}")
            time.sleep(0.02)
        try:
            yield
        finally:
            os.close(lock)

    def _try(self, name: str) -> int | None:
        """The locked file, or None. A file that was deleted while we waited for it protects nothing."""
        make_private(self.path)
        path = self.path / name
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:  # the folder was retired just now
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(lock)
        return None


def checked(name: str) -> str:
    """A name that is one path component; MlspecError otherwise, as it might lead out of the root."""
    if not _NAME.fullmatch(name):
        raise MlspecError(f"{name!r} can't name a folder", hint="use letters, digits, dots, hyphens and underscores")
    return name


def make_private(path: Path) -> None:
    """Make a folder that only its owner can enter; MlspecError where it belongs to someone else."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:  # a parent was retired meanwhile; the caller tries again
        return
    except OSError as problem:
        raise MlspecError(
            f"can't make {path}: {problem.strerror}", hint="set MLSPEC_RUNTIME_DIR to a folder of yours"
        ) from problem
    for folder in (path, *path.parents[:LEVELS]):
        with suppress(FileNotFoundError):
            if folder.stat().st_uid not in {os.geteuid(), 0}:
                hint = "set MLSPEC_RUNTIME_DIR to a folder of yours"
                raise MlspecError(f"{folder} belongs to another user", hint=hint)


def _folders(path: Path) -> Iterator[Path]:
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    yield from (path / name for name in names if _NAME.fullmatch(name))
