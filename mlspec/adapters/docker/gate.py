"""The gate: a new server gets traffic once its image's HEALTHCHECK passes, and never if it does not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mlspec.adapters.docker.engine import Engine, Found
from mlspec.adapters.docker.order import Probe
from mlspec.adapters.docker.route import Server
from mlspec.adapters.docker.servers import located

LINES: Final = 20
"""Log lines that are shown of a server that failed."""
GLANCE: Final = 0.05
PAUSE: Final = 0.25
"""Seconds between two looks at a server, and between two runs of its HEALTHCHECK."""


class NotReady(Exception):
    """A server ended, or did not get ready in time: `reason` for people, the last lines of its log."""

    def __init__(self, reason: str, lines: Sequence[str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lines = tuple(lines)


@dataclass(slots=True)
class _Candidate:
    """A server that is asked again and again. `asked` are the ids of the commands that ask now, the last since `since`.

    One that takes longer than its timeout is not waited for, but if it passes in the end that counts.
    """

    server: Server
    asked: list[str] = field(default_factory=list)
    since: float = 0.0


def gate(engine: Engine, servers: Sequence[Server], probe: Probe, seconds: float) -> tuple[Server, ...]:
    """Wait until all are ready, and say where they are; NotReady as soon as one has ended.

    The HEALTHCHECK's own interval is made for years, not for a deployment: its command is run here, one after the
    other, so that a server counts as ready within a fraction of a second.
    """
    deadline = time.monotonic() + seconds
    ready: dict[str, Server] = {}
    waiting = [_Candidate(server) for server in servers]
    while waiting:
        for candidate in waiting:
            if found := _ready(engine, candidate, probe):
                ready[candidate.server.container] = located(candidate.server, found)
        waiting = [candidate for candidate in waiting if candidate.server.container not in ready]
        if waiting and time.monotonic() > deadline:
            raise _late(engine, waiting[0].server, seconds)
        time.sleep(GLANCE if waiting else 0)
    return tuple(ready[server.container] for server in servers)


def _ready(engine: Engine, candidate: _Candidate, probe: Probe) -> Found | None:
    """The container if it is ready."""
    found = _running(engine, candidate.server)
    health = (found["State"].get("Health") or {}).get("Status")
    return found if health == "healthy" or _passes(engine, candidate, probe) else None


def _passes(engine: Engine, candidate: _Candidate, probe: Probe) -> bool:
    statuses = {command: engine.ended(command) for command in candidate.asked}
    if 0 in statuses.values():
        return True
    candidate.asked = [command for command, status in statuses.items() if status is None]
    if time.monotonic() > candidate.since + (probe.timeout if candidate.asked else PAUSE):
        command = engine.begin(candidate.server.container, probe.command)
        candidate.asked += [command] if command else []
        candidate.since = time.monotonic()
    return False


def _running(engine: Engine, server: Server) -> Found:
    found = engine.inspect(server.container)
    if found is None:
        raise NotReady(f"{server.name} was removed meanwhile", ())
    state = found["State"]
    if state["Running"]:
        return found
    how = "used more memory than it may" if state.get("OOMKilled") else f"ended with exit status {state['ExitCode']}"
    raise NotReady(f"{server.name} {how}", engine.log(server.container, LINES))


def _late(engine: Engine, server: Server, seconds: float) -> NotReady:
    """What its HEALTHCHECK said last, if the engine ran it."""
    found = engine.inspect(server.container) or {"State": {}}
    said = [line["Output"].strip() for line in (found["State"].get("Health") or {}).get("Log") or ()]
    lines = engine.log(server.container, LINES)
    last = said[-1].splitlines()[-1:] if said else []
    return NotReady(
        f"the HEALTHCHECK of {server.name} did not pass within {seconds:g} s",
        [*lines, *(f"HEALTHCHECK: {line}" for line in last)],
    )
