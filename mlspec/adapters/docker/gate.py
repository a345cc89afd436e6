"""The gate: a new server gets traffic once its image's HEALTHCHECK passes, and never if it does not."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.order import Probe
from mlspec.adapters.docker.route import Server

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
    """A server that is asked again and again: `asked` is the id of the command that asks now, `since` when it began."""

    server: Server
    asked: str = ""
    since: float = 0.0
    again: float = field(default_factory=time.monotonic)


def gate(engine: Engine, servers: Sequence[Server], probe: Probe, seconds: float) -> tuple[Server, ...]:
    """Wait until all are ready, and have the engine look after them; NotReady as soon as one has ended.

    The HEALTHCHECK's own interval is made for years, not for a deployment: its command is run here, one after the
    other, so that a server counts as ready within a fraction of a second.
    """
    deadline = time.monotonic() + seconds
    ready: dict[str, Server] = {}
    waiting = [_Candidate(server) for server in servers]
    while waiting:
        for candidate in waiting:
            if started := _look(engine, candidate, probe):
                found = candidate.server
                ready[found.container] = replace(found, started=started)
        waiting = [candidate for candidate in waiting if candidate.server.container not in ready]
        if waiting and time.monotonic() > deadline:
            raise _late(engine, waiting[0].server, seconds)
        time.sleep(GLANCE if waiting else 0)
    for server in servers:
        engine.keep_running(server.container)
    return tuple(ready[server.container] for server in servers)


def _look(engine: Engine, candidate: _Candidate, probe: Probe) -> str:
    """When it was started if it is ready, else nothing."""
    state = _state(engine, candidate.server)
    if (state.get("Health") or {}).get("Status") == "healthy" or _passes(engine, candidate, probe):
        return str(state["StartedAt"])
    return ""


def _passes(engine: Engine, candidate: _Candidate, probe: Probe) -> bool:
    now = time.monotonic()
    if candidate.asked:
        status = engine.ended(candidate.asked)
        if status is None and now < candidate.since + probe.timeout:
            return False
        candidate.asked, candidate.again = "", now + PAUSE
        return status == 0
    if now >= candidate.again:
        candidate.asked, candidate.since = engine.begin(candidate.server.container, probe.command), now
    return False


def _state(engine: Engine, server: Server) -> Mapping[str, Any]:
    found = engine.inspect(server.container)
    if found is None:
        raise NotReady(f"{server.name} was removed meanwhile", ())
    state: Mapping[str, Any] = found["State"]
    if state["Running"]:
        return state
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
