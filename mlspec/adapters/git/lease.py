"""Leases on origin, and their place-holders where there is no origin."""

from __future__ import annotations

from mlspec.adapters.git import publish
from mlspec.adapters.git.acquiring import Acquisition
from mlspec.adapters.git.chain import OriginChain
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.newer import Revisions
from mlspec.adapters.git.remote import has_origin, join_chains
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.whereabouts import clone_name
from mlspec.adapters.git.wire import Wire
from mlspec.ports.lease import WAIT, Lease, Leases


def open_leases(command: Command, host: str) -> Leases:
    """The leases of a project, for a machine of that name. Call it under the project's lock."""
    if not has_origin(command):
        return LocalLeases(command)
    return GitLeases(command, host, clone=clone_name(command.top / command.project.name))


class GitLeases:
    """Implements mlspec.ports.lease.Leases on the chains at origin; see docs/decisions/0018."""

    def __init__(self, command: Command, host: str, timing: Timing | None = None, clone: str = "") -> None:
        self._command = command
        self._wire = Wire(command)
        self._revisions = Revisions(self._wire)
        self._host = host
        self._clone = clone
        self._timing = timing or Timing()
        self._held: list[HeldLease] = []

    def acquire(self, environment: str, revision: str, *, above: int = 0, wait: float = WAIT) -> HeldLease:
        """See Leases."""
        chain = OriginChain(self._wire, environment)
        attempt = Acquisition(chain, self._timing, self._revisions, self._host, revision, above, self._clone)
        lease = attempt.run(wait)
        try:
            self._command.run("update-ref", self._command.project.twin(chain.ref), lease.tip)
            join_chains(self._command)
        except BaseException:
            lease.release()
            raise
        self._held.append(lease)
        return lease

    def push(self, branch: str, tip: str = "") -> None:
        """See Leases."""
        self._held = [lease for lease in self._held if not lease.released]
        publish.push(self._command, branch, self._held, tip)


class LocalLeases:
    """Without an origin nobody else can act: the project's lock is enough, and only fences are counted."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._fences: dict[str, int] = {}

    def acquire(self, environment: str, revision: str, *, above: int = 0, wait: float = WAIT) -> Lease:
        """See Leases."""
        del revision, wait
        self._fences[environment] = 1 + max(above, self._fences.get(environment, 0))
        return LocalLease(environment, self._fences[environment])

    def push(self, branch: str, tip: str = "") -> None:
        """See Leases: there is nowhere to push to, and that is said."""
        publish.push(self._command, branch, tip=tip)


class LocalLease:
    """Always held."""

    def __init__(self, environment: str, fence: int) -> None:
        self.environment = environment
        self.fence = fence

    def check(self) -> None:
        """See Lease."""

    def release(self) -> None:
        """See Lease."""
