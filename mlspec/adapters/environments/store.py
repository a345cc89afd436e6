"""Environments below `.mlspec/env`: one for each lock, whole or not there, and only the latest few of them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from threading import RLock
from typing import Final

import mlspec
from mlspec.adapters.environments.build import build
from mlspec.adapters.environments.names import name_of, own_version, running_python
from mlspec.adapters.environments.resolve import resolve
from mlspec.domain.digest import bytes_digest, digest, short
from mlspec.errors import MlspecError
from mlspec.ports.environments import LockedEnvironment, LockRequest

KEEP: Final = 5
"""Environments that stay besides those in use."""

_WHOLE: Final = "whole.mlspec"
"""Written last; a folder without it is what an interrupted build left. Its time is that of the last use."""

_OLDEST: Final = (3, 11)


class LocalEnvironments:
    """See Environments. Each has a lock file: shared by those who use it, alone for who builds or removes it."""

    def __init__(self, root: str, keep: int = KEEP) -> None:
        self._root = root
        self._folder = Path(root) / ".mlspec" / "env"
        self._keep = keep
        self._used: dict[str, int] = {}
        self._one = RLock()

    def provide(self, wanted: LockedEnvironment) -> Mapping[str, str]:
        """See Environments."""
        python = wanted.python or running_python()
        if tuple(int(part) for part in python.split(".")) < _OLDEST:
            raise MlspecError(f"mlspec's steps need Python 3.11 or newer, and the spec asks for {python}")
        key = self._key(wanted, python)
        with self._one:
            if key not in self._used:
                self._used[key] = self._hold(key, wanted, python)
                self._prune()
        return self._variables(self._folder / key)

    def requirements(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """See Environments."""
        mine = (line.partition(";")[0].strip() for line in metadata.requires("mlspec") or ())
        return tuple(sorted({line for line in mine if name_of(line) in needs}))

    def resolve(self, request: LockRequest) -> str:
        """See Environments."""
        return resolve(self._root, request)

    def _key(self, wanted: LockedEnvironment, python: str) -> str:
        lock = bytes_digest((Path(self._root) / wanted.lock).read_bytes())
        needs = {name: own_version(name) for name in wanted.needs}
        return short(digest({"python": python, "lock": lock, "needs": needs}), 16)

    def _hold(self, key: str, wanted: LockedEnvironment, python: str) -> int:
        """The lock file of a whole environment, held together with others that use it until this process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        folder, lock = self._folder / key, os.open(self._folder / f"{key}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not self._is_whole(folder, lock):
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not (folder / _WHOLE).is_file():  # else somebody built it while we waited
                    build(self._root, folder, wanted, python)
                    (folder / _WHOLE).touch()
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _is_whole(self, folder: Path, lock: int) -> bool:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not (folder / _WHOLE).is_file():
            return False
        os.utime(folder / _WHOLE)
        return True

    def _variables(self, folder: Path) -> dict[str, str]:
        paths = [str(self._steps()), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "PATH": str(folder / "bin"),
            "VIRTUAL_ENV": str(folder),
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONNOUSERSITE": "1",
        }

    def _steps(self) -> Path:
        """A folder with mlspec itself and none of its dependencies, for Python's path."""
        package = Path(mlspec.__file__).parent
        folder = self._folder / f"mlspec-{short(bytes_digest(str(package).encode()))}"
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / "mlspec"
        if not link.is_symlink():
            fresh = folder / f"mlspec.{os.getpid()}"
            fresh.symlink_to(package)
            fresh.replace(link)
        return folder

    def _prune(self) -> None:
        """Remove what was used longest ago, unless somebody uses it now."""
        found = sorted(self._folder.glob("*.lock"), key=_last_used, reverse=True)
        for path in [path for path in found if path.stem not in self._used][self._keep :]:
            lock = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                folder = path.with_suffix("")
                (folder / _WHOLE).unlink(missing_ok=True)  # first: what a death leaves of it is built anew
                shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                continue
            finally:
                os.close(lock)


def _last_used(lock: Path) -> float:
    try:
        return (lock.with_suffix("") / _WHOLE).stat().st_mtime
    except OSError:
        return 0.0
