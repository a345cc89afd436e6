"""Acquiring a lease: watch origin's tip, take it when it is free or has run out, and never wait for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from secrets import SystemRandom
from typing import Final

from mlspec.adapters.git.chain import OriginChain
from mlspec.adapters.git.held import HeldLease, Offer
from mlspec.adapters.git.marks import Mark, Tip, refusal
from mlspec.adapters.git.newer import Revisions
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.remote import no_answer
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.whereabouts import is_alive
from mlspec.errors import LockHeld, MlspecError, Superseded

_SHORTEST: Final = 0.05
_RETRY: Final = 1.0
_FAILURES: Final = 4
"""Looks, or pushes, in a row that may come to nothing before that is an error"""
_CHANCE: Final = SystemRandom()


@dataclass(slots=True)
class Watch:
    """What one waiter saw: since when the tip is the same, and since when the same holder has it."""

    tip: Tip
    unchanged: float
    first: float

    def see(self, tip: Tip, now: float) -> None:
        """Take in a look that was over at `now`."""
        if _fence(tip) != _fence(self.tip):
            self.first = now
        if tip.oid != self.tip.oid:
            self.unchanged = now
        self.tip = tip

    def left(self, now: float) -> float:
        """Seconds until the lease may be taken: none where nobody holds it."""
        mark = self.tip.mark
        return self.unchanged + mark.ttl - now if mark is not None and mark.held else 0.0


def _fence(tip: Tip) -> int:
    return tip.mark.fence if tip.mark else 0


@dataclass(slots=True)
class Acquisition:
    """One attempt to get an environment's lease for a revision, as a host."""

    chain: OriginChain
    timing: Timing
    revisions: Revisions
    host: str
    revision: str
    above: int
    clone: str = ""
    _failures: int = 0
    _offers: dict[str, tuple[Mark, Offer]] = field(default_factory=dict)

    def run(self, wait: float) -> HeldLease:
        """See Leases.acquire."""
        deadline = self.timing.now() + wait
        pause, watch = _SHORTEST, None
        while True:
            tip, now = self._look(), self.timing.now()
            watch = watch or Watch(tip, now, now)
            watch.see(tip, now)
            if won := self._step(watch, now):
                return won
            now = self.timing.now()
            if now >= deadline:
                raise self._too_long(watch, now)
            self.timing.sleep(_length(pause, deadline - now, watch.left(now)))
            pause = min(2 * pause, self.timing.longest)

    def _look(self) -> Tip:
        """A look; one that fails is tried again a little later."""
        for _ in range(_FAILURES - 1):
            try:
                return self.chain.look()
            except MlspecError:
                self.timing.sleep(_length(_RETRY))
        return self.chain.look()

    def _step(self, watch: Watch, now: float) -> HeldLease | None:
        """What follows from a look: the lease, or None where others have it."""
        tip = watch.tip
        if tip.oid in self._offers:  # a push of ours that was thought lost
            return self._won(tip.oid)
        self._refuse_older(tip.mark)
        return self._take(tip) if watch.left(now) <= 0 or self._is_left_behind(tip.mark) else None

    def _take(self, tip: Tip) -> HeldLease | None:
        """Put our mark in place of the tip; None where somebody was faster, or nothing is known."""
        started = self.timing.now()
        fence = 1 + max(self.above, tip.mark.fence if tip.mark else self.chain.highest_fence(tip.oid))
        mark = Mark(fence, self.revision, self.host or "somewhere", os.getpid(), self.timing.ttl, self.clone)
        new = self.chain.write(mark, tip.record)
        self._offers[new] = mark, Offer(new, tip.record, started)
        done = self.chain.swap(tip.oid, new)
        seen = self.chain.peek() if done.status else new
        if seen in self._offers:
            return self._won(seen)
        self._failures = self._failures + 1 if seen in {None, tip.oid} else 0
        if self._failures >= _FAILURES:
            raise no_answer(done) if seen is None else self._refused(done)
        return None

    def _won(self, oid: str) -> HeldLease:
        mark, offer = self._offers[oid]
        return HeldLease(self.chain, self.timing, mark, offer)

    def _is_left_behind(self, mark: Mark | None) -> bool:
        """Whether a run of this very clone died with it: we have the clone's lock now, so that run is over."""
        return bool(mark and self.clone and mark.clone == self.clone and not is_alive(mark.pid))

    def _refuse_older(self, mark: Mark | None) -> None:
        if mark is None or not self.revisions.is_newer(mark.revision, self.revision):
            return
        what = f"is being applied by {mark.holder}" if mark.held else "was applied already"
        raise Superseded(
            f"a newer revision of {self.chain.environment}, {mark.revision[:12]}, {what}",
            hint="the newest one wins; `git pull` and run the same again if there is more to do",
        )

    def _too_long(self, watch: Watch, now: float) -> LockHeld:
        mark = watch.tip.mark
        if mark is not None and mark.held:
            return refusal(self.chain.environment, mark, now - watch.first)
        return LockHeld(f"others took the lease of {self.chain.environment} each time", hint="run the same again")

    def _refused(self, done: Done) -> MlspecError:
        return MlspecError(
            f"origin does not take the lease of {self.chain.environment}",
            hint=f"let this user create, force and delete {self.chain.ref} and its like",
            details=(*done.out.decode(errors="replace").splitlines(), *done.err.splitlines()),
        )


def _length(pause: float, *bounds: float) -> float:
    """A pause with jitter, so that those who wait do not meet again, that ends with the first of some times."""
    return min([pause * _CHANCE.uniform(0.5, 1.5), *(bound for bound in bounds if bound > 0)])
