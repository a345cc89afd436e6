"""Leases in memory, and a clock that passes when somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mlspec.errors import LeaseLost, LockHeld, MlspecError, Superseded
from mlspec.ports.git import GitWriter
from mlspec.ports.lease import WAIT

TTL = 60.0


class FakeTime:
    """Time that passes only in `sleep`; what was planned by `later` is done meanwhile."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self._due: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        return self.seconds

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        self._due.append((self.seconds + seconds, call))

    def sleep(self, seconds: float) -> None:
        end = self.seconds + seconds
        while due := sorted((item for item in self._due if item[0] <= end), key=lambda item: item[0]):
            self._due.remove(due[0])
            self.seconds = max(self.seconds, due[0][0])
            due[0][1]()
        self.seconds = max(self.seconds, end)


@dataclass
class FakeBoard:
    """What origin knows of leases: share it between the FakeLeases of several machines."""

    time: FakeTime = field(default_factory=FakeTime)
    fences: dict[str, int] = field(default_factory=dict)
    holders: dict[str, FakeLease] = field(default_factory=dict)
    changed: dict[str, float] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    newer: set[tuple[str, str]] = field(default_factory=set)
    """(newer, older) revisions"""
    down: bool = False


class FakeLeases:
    """mlspec.ports.lease.Leases without a remote.

    `effects` lists what was done, in order: `acquire ENV FENCE`, `check ENV`, `push BRANCH`, `release ENV`. `lose(ENV)`
    has somebody else take a lease over.
    """

    def __init__(self, board: FakeBoard | None = None, host: str = "here", writer: GitWriter | None = None) -> None:
        self.board = board or FakeBoard()
        self.host = host
        self.writer = writer
        self.effects: list[str] = []
        self.held: list[FakeLease] = []

    def acquire(self, environment: str, revision: str, *, above: int = 0, wait: float = WAIT) -> FakeLease:
        board = self.board
        if board.down:
            raise MlspecError("origin does not answer")
        first, deadline = board.time.now(), board.time.now() + wait
        seen = board.changed.get(environment), board.time.now()
        while True:
            if (board.revisions.get(environment, ""), revision) in board.newer:
                raise Superseded(f"a newer revision of {environment} is or was applied")
            if seen[0] != board.changed.get(environment):
                seen = board.changed.get(environment), board.time.now()
            if environment not in board.holders or board.time.now() - seen[1] >= TTL:
                return self._take(environment, revision, above)
            if board.time.now() >= deadline:
                holder = board.holders[environment]
                details = f"seen for {board.time.now() - first:.0f} s, revision {board.revisions[environment]}"
                raise LockHeld(f"another mlspec is at work on {environment}: {holder.leases.host}", details=(details,))
            board.time.sleep(1.0)

    def push(self, branch: str, tip: str = "") -> None:
        self.held = [lease for lease in self.held if not lease.released]
        for lease in self.held:
            lease.check()
        self.effects.append(f"push {branch}")
        if self.writer:
            self.writer.push(branch, tip)

    def lose(self, environment: str) -> None:
        """Somebody else takes over."""
        FakeLeases(self.board, "elsewhere")._take(environment, "", 0)

    def _take(self, environment: str, revision: str, above: int) -> FakeLease:
        board = self.board
        board.fences[environment] = 1 + max(above, board.fences.get(environment, 0))
        lease = FakeLease(self, environment, board.fences[environment])
        board.holders[environment] = lease
        board.changed[environment] = board.time.now()
        board.revisions[environment] = revision
        self.held.append(lease)
        if self.writer:
            self.writer.fetch()
        self.effects.append(f"acquire {environment} {lease.fence}")
        return lease


class FakeLease:
    """A lease of FakeLeases; nobody renews it but `renew` and `check`."""

    def __init__(self, leases: FakeLeases, environment: str, fence: int) -> None:
        self.leases = leases
        self.environment = environment
        self.fence = fence
        self.released = False
        self.renewed = leases.board.time.now()

    def check(self) -> None:
        self.leases.effects.append(f"check {self.environment}")
        board = self.leases.board
        if self.released or board.holders.get(self.environment) is not self:
            raise LeaseLost(f"the lease of {self.environment} is lost")
        if board.time.now() - self.renewed >= TTL * 3 / 4 and not self.renew():
            raise LeaseLost(f"the lease of {self.environment} is lost: it could not be renewed in time")

    def renew(self) -> bool:
        board = self.leases.board
        if board.down or board.holders.get(self.environment) is not self:
            return False
        self.renewed = board.changed[self.environment] = board.time.now()
        return True

    def release(self) -> None:
        board = self.leases.board
        if not self.released and board.holders.get(self.environment) is self:
            del board.holders[self.environment]
            self.leases.effects.append(f"release {self.environment}")
        self.released = True
