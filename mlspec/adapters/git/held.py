"""A lease that we hold: renewed, checked, replaced together with records, released."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from mlspec.adapters.git.chain import OriginChain
from mlspec.adapters.git.heartbeat import Heartbeat
from mlspec.adapters.git.marks import Mark
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.timing import Timing
from mlspec.errors import LeaseLost, MlspecError

_RELEASED: Final = "it was released"
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """A tip that we sent or are about to send: the record that it stands on, and when we began, by our clock."""

    oid: str
    record: str
    started: float


class HeldLease:
    """See mlspec.ports.lease.Lease.

    A push that fails may have arrived, or may arrive later, so every tip that we ever offered in place of the
    present one counts as ours; what origin shows decides. A renewal counts from the moment its push began, and others
    count from a later one, when they saw the tip: so we stop before they start.
    """

    def __init__(self, chain: OriginChain, timing: Timing, mark: Mark, won: Offer) -> None:
        self.chain = chain
        self.lock = threading.RLock()
        """held while the tip is replaced"""
        self._timing = timing
        self._mark = mark
        self._at = won  # what origin has, as far as we know; replaced as a whole, for another thread may read it
        self._offers = {won.oid: won}
        self._lost = self._trouble = ""
        self._heartbeat = Heartbeat(self.renew, timing.beat) if timing.beats else None

    @property
    def environment(self) -> str:
        """See Lease."""
        return self.chain.environment

    @property
    def fence(self) -> int:
        """See Lease."""
        return self._mark.fence

    @property
    def record(self) -> str:
        """The newest record at origin, empty where there is none."""
        return self._at.record

    @property
    def tip(self) -> str:
        """What origin has, as far as we know."""
        return self._at.oid

    @property
    def released(self) -> bool:
        """Whether we gave it back."""
        return self._lost == _RELEASED

    def check(self) -> None:
        """See Lease: origin is asked only where the background did not renew in time."""
        if not self._lost and not self._is_fresh():
            self.renew()
        if not self._lost and not self._is_fresh():
            raise self._error(f"it could not be renewed in time{self._trouble and ': '}{self._trouble}")
        self.refuse_lost()

    def refuse_lost(self) -> None:
        """LeaseLost where another has taken over, as far as we know."""
        if self._lost:
            raise self._error(self._lost)

    def renew(self) -> bool | None:
        """Replace the tip by an equal one; None once the lease is not ours any more."""
        with self.lock:
            return None if self._lost else self._replace(self._mark)

    def release(self) -> None:
        """See Lease."""
        if self._heartbeat:
            self._heartbeat.stop()
        with self.lock:
            if not self._lost:
                self._free()
            self._lost = self._lost or _RELEASED

    def _free(self) -> None:
        mark = Mark(self._mark.fence, self._mark.revision)
        for _ in range(_TRIES):
            if self._replace(mark) or self._lost:
                return

    def _replace(self, mark: Mark) -> bool:
        try:
            new = self.offer(self.record, mark)
            return self.settle(new, self.chain.swap(self.tip, new, self._timing.limit))
        except MlspecError as error:  # a full disk, no process left: to be tried again like a remote that is away
            self._trouble = error.message
            return False

    def offer(self, record: str, mark: Mark | None = None) -> str:
        """A new tip on a record, about to be pushed in place of `tip`; `settle` must follow."""
        started = self._timing.now()
        new = self.chain.write(mark or self._mark, record)
        self._offers[new] = Offer(new, record, started)
        return new

    def settle(self, new: str, done: Done) -> bool:
        """Learn what a push of `new` came to, whatever it said: whether origin has it."""
        seen = self.chain.peek(self._timing.limit) if done.status else new
        self._trouble = _reason(done) if done.status else ""
        if seen is None:
            return False
        if seen not in self._offers:
            self._lost = self._taken_by()
            return False
        if seen != self.tip:  # that one never comes back, so what was offered in its place cannot arrive any more
            self._at = self._offers[seen]
            self._offers = {seen: self._at}
        return seen == new

    def _is_fresh(self) -> bool:
        return self._timing.now() - self._at.started < self._timing.fresh

    def _taken_by(self) -> str:
        try:
            mark = self.chain.look().mark
        except MlspecError:
            mark = None
        if mark is None:
            return "its mark at origin is gone"
        return f"taken over by {mark.holder}, fence {mark.fence}" if mark.held else f"taken over, fence {mark.fence}"

    def _error(self, why: str) -> LeaseLost:
        return LeaseLost(
            f"the lease of {self.environment} is lost: {why}",
            hint="run the same again: it plans anew and goes on from what is there",
        )


def _reason(done: Done) -> str:
    """The line of git's words that says most."""
    lines = [line.strip() for line in done.err.splitlines() if line.strip()] or ["git did not say why"]
    return next((line for line in lines if line.startswith(("remote:", "fatal:"))), lines[-1])
