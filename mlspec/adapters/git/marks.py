"""Marks: the commits that stand on top of an environment's chain at origin and say who may act there.

A mark is a commit without changes: its parent is the newest record (there is none before the first), its tree the
record's, its message a line for people and a JSON document. It is replaced, never built upon, so the chain does not
grow; and it stays when the lease is free, so that the fencing number is never forgotten. Only origin has marks.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from mlspec.adapters.git.remote import MARK
from mlspec.errors import LockHeld

_LONGEST: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Who holds the lease (nobody where there is no host), for how long after each renewal, and for what."""

    fence: int
    revision: str = ""
    host: str = ""
    pid: int = 0
    ttl: float = 0.0
    clone: str = ""
    """the folder that it was taken in; see `whereabouts`"""

    @property
    def held(self) -> bool:
        """Whether somebody holds it."""
        return bool(self.host)

    @property
    def holder(self) -> str:
        """The holder in words."""
        return f"{self.host} (pid {self.pid})"

    def message(self) -> str:
        """The message of a new commit: the nonce makes two of the same payload two commits, or both would win."""
        who = f"held by {self.holder}" if self.held else "free"
        document = json.dumps({**asdict(self), "nonce": secrets.token_hex(8)}, sort_keys=True)
        return f"{MARK}{self.fence}, {who}\n\n{document}\n"


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a chain stands at origin: its ref's commit, the newest record beneath, and the mark if there is one."""

    oid: str = ""
    record: str = ""
    mark: Mark | None = None


def tip(oid: str, commit: bytes) -> Tip:
    """The tip that a commit object is."""
    head, _, message = commit.decode(errors="replace").partition("\n\n")
    if not message.startswith(MARK):
        return Tip(oid, oid)
    parents = [line.removeprefix("parent ") for line in head.splitlines() if line.startswith("parent ")]
    return Tip(oid, parents[0] if parents else "", parse(message))


def parse(message: str) -> Mark:
    """The mark in a message. One that cannot be read is somebody's: nobody acts before it has run out."""
    try:
        raw: dict[str, Any] = json.loads(message.partition("\n\n")[2])
        ttl = min(max(float(raw["ttl"]), 0.0), _LONGEST)
        return Mark(
            int(raw["fence"]),
            str(raw["revision"]),
            str(raw["host"]),
            int(raw["pid"]),
            ttl,
            str(raw.get("clone", "")),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        digits = message.removeprefix(MARK).partition(",")[0]
        return Mark(int(digits) if digits.isascii() and digits.isdigit() else 0, host="somebody", ttl=60.0)


def refusal(environment: str, mark: Mark, seconds: float | None = None) -> LockHeld:
    """The error where somebody else holds the lease; `seconds` is for how long that was seen."""
    seen = "" if seconds is None else f"seen at work for {seconds:.0f} s, "
    return LockHeld(
        f"another mlspec is at work on {environment}: {mark.holder}",
        hint=f"wait until it is done; if it died, the next apply there takes over after {mark.ttl:.0f} s",
        details=(f"{seen}revision {mark.revision[:12] or 'unknown'}, fence {mark.fence}",),
    )
