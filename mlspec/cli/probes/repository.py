"""Probes of the repository, which need no specs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.locate import Located
from mlspec.adapters.git.process import attempt
from mlspec.adapters.git.repair import left_behind
from mlspec.adapters.lock import project_lock
from mlspec.cli.probes.guard import guarded
from mlspec.errors import LockHeld
from mlspec.ports.git import Head
from mlspec.reconciler.checkup import repository
from mlspec.reconciler.checkup.check import Check


def basics(place: Located) -> Iterator[Check]:
    """What can be said before there is a commit."""
    root = place.root
    yield from guarded("identity", lambda: repository.identity(_setting(root, "name"), _setting(root, "email")))
    yield from guarded("ignored", lambda: repository.ignored(_ignored(root)))
    yield from guarded("git locks", lambda: repository.git_locks(left_behind(Command(place.top))))
    yield from guarded("lock", lambda: repository.at_work(_holder(place.lock)))
    yield from guarded("dvc setup", lambda: repository.dvc_setup((Path(root) / ".dvc").is_dir()))


def position(place: Located, head: Head) -> Iterator[Check]:
    """Where HEAD stands, and what origin knows."""
    yield from guarded("branch", lambda: repository.branch(head))
    yield from guarded("remote", lambda: repository.remote(head, fetched=_chains_known(place)))


def _setting(root: str, part: str) -> str:
    given = os.environ.get(f"GIT_AUTHOR_{part.upper()}", "")
    return given or attempt(root, "config", f"user.{part}").out.decode(errors="replace").strip()


def _ignored(root: str) -> bool:
    return attempt(root, "--no-literal-pathspecs", "check-ignore", "--quiet", ".mlspec/logs/any").status == 0


def _chains_known(place: Located) -> bool:
    return bool(attempt(place.top, "for-each-ref", "--count=1", place.folder.twins).out)


def _holder(lock: Path) -> Sequence[str]:
    """Who holds the project's lock; one that nobody ever took is not made here."""
    if not lock.exists():
        return ()
    try:
        with project_lock(lock, verb="doctor"):
            return ()
    except LockHeld as held:
        return held.details or (held.message,)
