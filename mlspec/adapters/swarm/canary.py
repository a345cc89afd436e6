"""What is to be seen of a canary: the services that it has, and whether they belong to each other; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.drift import service_drift, split_drift
from mlspec.adapters.swarm.split import split_between
from mlspec.adapters.swarm.view import STUCK, View, trouble
from mlspec.domain.actual import Canary, Health, Place
from mlspec.ports.runtime import Deployment

TRIES: Final = 3
"""Tasks that ended by themselves after which one that is started again counts as ill"""


def labels_of(view: View | None) -> Mapping[str, str]:
    """Those of a service."""
    return (view.service["Spec"]["Labels"] or {}) if view else {}


def canary(place: Place, servers: View | None, split: View | None) -> Canary | None:
    """The canary whose servers and split these are, if `flaws` has found none."""
    wanted = labels.read(place, labels_of(servers))
    if wanted is None or servers is None or split is None:
        return None
    health, reason = _health(servers, split)
    return Canary(
        wanted.version, wanted.serve, wanted.share, wanted.since, servers.wanted, health, reason, wanted.mirrored
    )


def flaws(
    project: str, before: Deployment | None, servers: View | None, split: View | None, front: View | None
) -> Iterator[str]:
    """Why this is no canary: what an interrupted deployment left of one, or somebody changed."""
    if servers is None and split is None:
        return
    if servers is None or split is None:
        yield f"its candidate has lost its {'servers' if split else 'share'}"
        return
    wanted = labels.read(before.place, labels_of(servers)) if before else None
    if before is None or wanted is None or front is None:
        yield "its candidate belongs to nothing that runs"
        return
    if not servers.moving:
        yield from (f"of its candidate, {words}" for words in service_drift(project, wanted, servers.service))
    yield from split_drift(project, split_between(before, wanted, front.service), split.service)


def _health(servers: View, split: View) -> tuple[Health, str]:
    """A task that the engine is starting anew is no fault of the candidate's, a second and third one is."""
    number, wanted = len(servers.running), servers.wanted
    if servers.state in STUCK:
        return Health.DEGRADED, f"the engine stopped: {servers.message}"
    if number < wanted:
        ill = [task for task in servers.due if task["Status"].get("Err")]
        failed = [task for task in servers.ended if task["Status"]["State"] in {"failed", "rejected", "complete"}]
        words = f"{number} of {wanted} of its replicas run"
        if not ill and len(failed) < TRIES:
            return Health.PROGRESSING, words
        return Health.DEGRADED if number else Health.MISSING, f"{words}: {trouble([*ill, *failed][0])}"
    if not split.running:
        return Health.PROGRESSING, "what shares the requests out does not run"
    return Health.HEALTHY, ""
