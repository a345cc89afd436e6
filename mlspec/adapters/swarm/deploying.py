"""A deployment, step by step; each step may be the last one of a run, and the next run goes on from what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlspec.adapters.swarm.checks import check
from mlspec.adapters.swarm.fronting import Fronting
from mlspec.adapters.swarm.ports import free_port
from mlspec.adapters.swarm.rollout import NotReached
from mlspec.adapters.swarm.seen import Seen
from mlspec.adapters.swarm.steps import Steps
from mlspec.adapters.swarm.template import Setting, server_spec
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment


class Deploying(Steps):
    """Brings places of one project to what is asked for."""

    def deploy(self, deployment: Deployment, environ: Mapping[str, str]) -> None:
        """Network, servers, front, in this order: traffic comes when there is somebody to answer."""
        place = deployment.place
        check(self._swarm, deployment)
        seen = self._places.at(place)
        self._places.refuse_foreign(seen)
        refuse_older(seen, deployment)
        self._places.await_end(seen)
        seen = self._settled(seen, deployment)
        before = seen.deployed.port if seen.deployed else seen.port
        port = deployment.port or before or free_port(self._swarm, self._project, place)
        wanted = replace(deployment, port=port)
        setting = self._swarm.setting(self._project, self._belongings.network(place.environment))
        self._servers(seen, setting, wanted, environ)
        Fronting(self._swarm, self._project, self._rollout).have(seen, setting, wanted)

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


def refuse_older(seen: Seen, deployment: Deployment) -> None:
    """MlspecError where what is there comes from somebody who acts later."""
    if deployment.fence < seen.fence:
        raise MlspecError(
            f"{seen.place}: a newer deployment is there: fence {seen.fence}, this one has {deployment.fence}",
            hint="another reconciler has taken over; run it again",
        )


def _alike(one: Deployment | None, other: Deployment) -> bool:
    """Whether they ask for the same servers; revision and fence are only labels, a port is the front's."""
    if one is None or one.image is None or other.image is None:
        return False
    same = replace(other, revision=one.revision, fence=one.fence, port=one.port, bundle="", trust=(), image=one.image)
    return same == one and one.image.reference == other.image.reference
