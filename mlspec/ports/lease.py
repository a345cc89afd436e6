"""The lease of an environment: which machine may act there now, agreed on by all that share a remote."""

from __future__ import annotations

from typing import Final, Protocol

WAIT: Final = 180.0
"""Seconds to wait for another's lease: longer than the life of one whose holder died"""


class Lease(Protocol):
    """One environment's lease, held; it is renewed in the background until it is released or lost."""

    @property
    def environment(self) -> str:
        """The environment that it is for."""
        ...

    @property
    def fence(self) -> int:
        """The fencing number, higher than that of every earlier holder: what is deployed carries it."""
        ...

    def check(self) -> None:
        """LeaseLost where another may act meanwhile. Call it before each outside effect; mostly it asks nobody."""
        ...

    def release(self) -> None:
        """Let others in. Never fails: where the remote cannot be told, the lease ends by itself. Twice is once."""
        ...


class Leases(Protocol):
    """The leases of a project's environments. Whoever takes several takes them in the order of their names."""

    def acquire(self, environment: str, revision: str, *, above: int = 0, wait: float = WAIT) -> Lease:
        """Take an environment's lease for work at a revision, and learn its chain's newest records.

        `above` is the highest fencing number that the caller has seen there (in records and in what runs). LockHeld
        when another holds the lease for longer than `wait` seconds, and at once where a newer revision holds it or
        has held it: the newest wins. What was seen of the environment before may be out of date: look again.
        """
        ...

    def push(self, branch: str, tip: str = "") -> None:
        """`GitWriter.push`, guarded by every lease that is held: all of it is published, or LeaseLost and nothing."""
        ...
