"""`mlspec lock`: pin, with hashes, what models train with."""

from __future__ import annotations

from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.session import changing
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_DONE, CheckFailed
from mlspec.reconciler.locking import Lock, locks, state, write


def run(*, models: list[str], upgrade: bool, force: bool, check: bool) -> int:
    """Write the locks of models; with `check` write nothing and exit 3 where one is not of what is asked for."""
    if check:
        ports = RealPorts(Path.cwd())
        _check(ports, _locks(ports, models))
        return EXIT_DONE
    with changing("lock") as ports:
        for lock in _locks(ports, models):
            _tell(lock, write(ports, lock, upgrade=upgrade, force=force))
    return EXIT_DONE


def _locks(ports: RealPorts, models: list[str]) -> list[Lock]:
    return locks(ports.specs.bundle(ports.git.snapshot().blobs).blueprints, models)


def _check(ports: RealPorts, found: list[Lock]) -> None:
    """A lock of one's own making is taken as it is."""
    states = {lock.path: state(ports, lock) for lock in found}
    wrong = {path: what for path, what in states.items() if what not in {"current", "foreign"}}
    if wrong:
        lines = tuple(f"{path}: {what}" for path, what in wrong.items())
        raise CheckFailed("a lock is not of what is asked for", hint="mlspec lock writes it", details=lines)
    console.out("All locks are of what is asked for.")


def _tell(lock: Lock, changes: list[str]) -> None:
    console.out(f"wrote {lock.path}" if changes else f"{lock.path} pins the same as before")
    for line in changes:
        console.out(f"  {line}")
