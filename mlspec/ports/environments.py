"""Environments that train: built from locks, and the locks themselves, resolved from what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LockedEnvironment:
    """An environment that a spec asks for.

    `python` is `3.11`, or empty for the one that runs mlspec; `lock` a requirements file with pins, below the
    repository; `needs` the distributions that the steps import, which come at mlspec's own versions where the lock
    does not pin them.
    """

    python: str
    lock: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockRequest:
    """A lock to resolve. `files` are requirements files below the repository, `packages` further requirements.

    `previous` is the lock as it is: its versions stay where they can, unless it is to be an `upgrade`.
    """

    python: str
    files: tuple[str, ...]
    packages: tuple[str, ...]
    previous: str
    upgrade: bool = False


class Environments(Protocol):
    """Folders of packages on this machine, kept between runs as far as disk is bounded."""

    def provide(self, wanted: LockedEnvironment) -> Mapping[str, str]:
        """The variables with which a command runs in that environment; `PATH` is what comes first in it.

        It is built where it is not here; one whose build was interrupted is built anew. It stays as long as this
        process lives. MlspecError, with the installer's words, where it can't be built or its lock is not whole.
        """
        ...

    def requirements(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """The requirements of mlspec itself for the distributions that steps import: `pandas>=2.2`."""
        ...

    def resolve(self, request: LockRequest) -> str:
        """The lock's text: pinned, with hashes, for all platforms; the same for the same index and request.

        MlspecError, with the resolver's words, where nothing fits together or no index answers.
        """
        ...
