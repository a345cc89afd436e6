"""A deployment, step by step; each step may be the last one of a run, and the next run goes on from what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.belongings import Belongings
from mlspec.adapters.swarm.checks import check, proxy_image
from mlspec.adapters.swarm.drift import front_drift
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.front import Front, front_of, front_spec, proxy_of
from mlspec.adapters.swarm.names import FRONT, place_labels
from mlspec.adapters.swarm.places import Places
from mlspec.adapters.swarm.ports import free_port
from mlspec.adapters.swarm.rollout import NotReached, Rollout
from mlspec.adapters.swarm.seen import Seen
from mlspec.adapters.swarm.template import Setting, server_spec
from mlspec.adapters.swarm.view import View
from mlspec.domain.actual import Place
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment

PORT_TAKEN: Final = ("address already in use", "port is already allocated", "host-mode port already in use")

STEADY: Final = 1.0
"""Seconds after which a proxy that does not understand its configuration has ended, and the engine begun an update."""


class Deploying:
    """Brings places of one project to what is asked for."""

    def __init__(self, swarm: Swarm, project: str, rollout: Rollout) -> None:
        self._swarm = swarm
        self._project = project
        self._rollout = rollout
        self._places = Places(swarm, project)
        self._belongings = Belongings(swarm, project)

    def deploy(self, deployment: Deployment, environ: Mapping[str, str]) -> None:
        """Network, servers, front, in this order: traffic comes when there is somebody to answer."""
        place = deployment.place
        check(self._swarm, deployment)
        seen = self._places.at(place)
        self._places.refuse_foreign(seen)
        _refuse_older(seen, deployment)
        self._places.await_end(seen)
        seen = self._settled(seen, deployment)
        before = seen.deployed.port if seen.deployed else seen.port
        port = deployment.port or before or free_port(self._swarm, self._project, place)
        wanted = replace(deployment, port=port)
        setting = self._swarm.setting(self._project, self._belongings.network(place.environment))
        self._servers(seen, setting, wanted, environ)
        self._front(seen, setting, wanted)

    def _settled(self, seen: Seen, deployment: Deployment) -> Seen:
        """Nothing is changed while the engine is at it: it would roll back to what it is leaving.

        An update to the very same deployment was begun by a run that died: what came of it is the answer.
        """
        if not seen.server or not seen.server.moving:
            return seen
        begun = seen.deployed
        settled = replace(seen, server=self._rollout.settled(seen.server))
        if _alike(begun, deployment) and not _alike(settled.deployed, deployment) and settled.server:
            raise self._failed(settled, deployment, self._rollout.failure(settled.server))
        return settled

    def _servers(self, seen: Seen, setting: Setting, wanted: Deployment, environ: Mapping[str, str]) -> None:
        spec = server_spec(setting, wanted, environ)
        try:
            if seen.server:
                self._rollout.update(seen.server, spec)
            else:
                self._rollout.create(spec)
        except NotReached as failure:
            raise self._failed(self._places.at(wanted.place), wanted, failure) from None

    def _failed(self, seen: Seen, deployment: Deployment, failure: NotReached) -> DeployFailed:
        """The error; what never served anybody is removed."""
        serves = seen.front or (seen.server and seen.server.running)
        if not serves:
            self._places.clear(seen.place)
        return DeployFailed(
            f"{seen.place}: {deployment.version} did not become healthy: {failure.reason}",
            hint="what ran before still runs" if serves else "nothing ran before, and nothing was left",
            details=failure.lines,
        )

    def _front(self, seen: Seen, setting: Setting, wanted: Deployment) -> None:
        if seen.front and seen.front.running and not self._must_change(seen.front, wanted):
            return
        front = Front(wanted.place, wanted.port, proxy_of(wanted.serve), self._proxy(seen, wanted))
        own = place_labels(self._project, wanted.place, FRONT)
        name = front.config(self._project)
        spec = front_spec(setting, front, self._belongings.config(name, front.text(self._project), own))
        try:
            if seen.front:
                self._rollout.update(seen.front, spec, STEADY)
            else:
                self._rollout.create(spec, STEADY)
        except NotReached as failure:
            if not seen.server:
                self._places.clear(wanted.place)
            raise _no_front(wanted.place, wanted.port, failure) from None
        self._places.prune_configs(wanted.place, keep=name)

    def _must_change(self, front: View, wanted: Deployment) -> bool:
        alike = labels.made_alike(front.service["Spec"]["Labels"] or {})
        return not alike or any(front_drift(self._project, wanted, front.service))

    def _proxy(self, seen: Seen, wanted: Deployment) -> str:
        """Another image of the same name is no reason to replace a front: that takes some seconds."""
        now = front_of(wanted.place, seen.front.service) if seen.front else None
        if now and now.image and now.proxy == proxy_of(wanted.serve):
            return now.image
        return proxy_image(self._swarm, proxy_of(wanted.serve))


def _refuse_older(seen: Seen, deployment: Deployment) -> None:
    if (now := seen.deployed) and deployment.fence < now.fence:
        raise MlspecError(
            f"{seen.place}: a newer deployment is there: fence {now.fence}, this one has {deployment.fence}",
            hint="another reconciler has taken over; run it again",
        )


def _alike(one: Deployment | None, other: Deployment) -> bool:
    """Whether they ask for the same servers; revision and fence are only labels, a port is the front's."""
    if one is None or one.image is None or other.image is None:
        return False
    same = replace(other, revision=one.revision, fence=one.fence, port=one.port, bundle="", trust=(), image=one.image)
    return same == one and one.image.reference == other.image.reference


def _no_front(place: Place, port: int, failure: NotReached) -> DeployFailed:
    taken = any(words in failure.reason for words in PORT_TAKEN)
    return DeployFailed(
        f"{place}: its front does not start on port {port}: {failure.reason}",
        hint=f"set deploy.{place.environment}.port of {place.model} to a free port" if taken else "",
        details=failure.lines,
    )
