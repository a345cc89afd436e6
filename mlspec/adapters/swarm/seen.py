"""What the swarm tells of a place, as mlspec understands it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.published import endpoint
from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.canary import canary, flaws, labels_of
from mlspec.adapters.swarm.drift import front_drift, service_drift
from mlspec.adapters.swarm.front import front_of
from mlspec.adapters.swarm.names import CANARY, FRONT, SERVER, SPLIT
from mlspec.adapters.swarm.view import STUCK, View, trouble
from mlspec.domain.actual import Health, Place, Running
from mlspec.ports.runtime import Deployment


@dataclass(frozen=True, slots=True)
class Seen:
    """The services of a place that there are."""

    place: Place
    server: View | None = None
    front: View | None = None
    canary: View | None = None
    split: View | None = None
    left: bool = field(default=False, kw_only=True)
    """whether a trial is there, of a deployment that was interrupted as far as anybody can tell"""

    def view(self, role: str) -> View | None:
        """One of the services, by its role."""
        return {SERVER: self.server, FRONT: self.front, CANARY: self.canary, SPLIT: self.split}[role]

    @property
    def labels(self) -> Mapping[str, str]:
        """Those of the servers' service."""
        return labels_of(self.server)

    @property
    def deployed(self) -> Deployment | None:
        """What the swarm was asked to run, as far as it can be read."""
        return labels.read(self.place, self.labels)

    @property
    def fence(self) -> int:
        """That of the newest deployment, a canary's maybe."""
        canary = labels.read(self.place, labels_of(self.canary))
        return max((found.fence for found in (self.deployed, canary) if found), default=0)

    def flaws(self, project: str) -> list[str]:
        """Why it has no canary that is as it should be, though there is something of one."""
        return list(flaws(project, self.deployed, self.canary, self.split, self.front))

    @property
    def port(self) -> int:
        """The published port; 0 where nobody knows it any more."""
        if self.front and (port := front_of(self.place, self.front.service).port):
            return port
        return self.deployed.port if self.deployed else 0

    @property
    def nodes(self) -> set[str]:
        """Where a front runs."""
        return {str(task["NodeID"]) for task in self.front.running} if self.front else set()


def running(project: str, seen: Seen, host: str) -> Running:
    """The answer to `observe`; `host` is where the published port is reached."""
    wanted = seen.deployed
    health, reason = _health(seen)
    left = seen.flaws(project)
    return Running(
        place=seen.place,
        version=seen.labels.get(label("version"), ""),
        artefact=seen.labels.get(label("artefact"), ""),
        serve=wanted.serve if wanted else {},
        replicas=seen.server.wanted if seen.server else 0,
        health=health,
        endpoint=endpoint("", seen.port, host) if seen.front else "",
        revision=wanted.revision if wanted else "",
        fence=seen.fence,
        reason=reason,
        drift="; ".join((*_drift(project, seen), *left)),
        canary=None if left else canary(seen.place, seen.canary, seen.split),
    )


def _drift(project: str, seen: Seen) -> Iterator[str]:
    if seen.left:
        yield "a trial is left of an interrupted deployment"
    if seen.server is None:
        yield "its service was removed"
        return
    if (wanted := seen.deployed) is None:
        yield "its labels were removed or changed"
        return
    if not seen.server.moving:
        yield from service_drift(project, wanted, seen.server.service)
    if seen.front is None:
        yield "its front is missing"
    elif not seen.front.moving:
        yield from front_drift(project, wanted, seen.front.service)


def _health(seen: Seen) -> tuple[Health, str]:
    if seen.server is None or seen.front is None:
        return Health.MISSING, "" if seen.server else "nothing serves"
    if seen.server.moving:
        return Health.PROGRESSING, seen.server.message
    if seen.server.state in STUCK:
        return Health.DEGRADED, f"the engine stopped: {seen.server.message}"
    for view, what in ((seen.server, "replicas run"), (seen.front, "of its fronts run")):
        if len(view.running) < view.wanted:
            return Health.DEGRADED, f"{len(view.running)} of {view.wanted} {what}{_last_words(view)}"
    return Health.HEALTHY, ""


def _last_words(view: View) -> str:
    """Why, as the newest task that is not well tells it."""
    unwell: list[Mapping[str, Any]] = [task for task in view.due if task["Status"].get("Err")] or view.ended
    return f": {trouble(unwell[0])}" if unwell else ""
