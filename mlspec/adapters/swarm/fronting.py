"""Having a place's front: what it takes, step by step."""

from __future__ import annotations

from typing import Final

from mlspec.adapters.swarm import labels
from mlspec.adapters.swarm.checks import proxy_image
from mlspec.adapters.swarm.drift import front_drift
from mlspec.adapters.swarm.front import Front, front_of, front_spec, proxy_of
from mlspec.adapters.swarm.names import FRONT, place_labels
from mlspec.adapters.swarm.rollout import NotReached
from mlspec.adapters.swarm.seen import Seen
from mlspec.adapters.swarm.steps import Steps
from mlspec.adapters.swarm.template import Setting
from mlspec.adapters.swarm.view import View
from mlspec.domain.actual import Place
from mlspec.errors import DeployFailed
from mlspec.ports.runtime import Deployment

PORT_TAKEN: Final = ("address already in use", "port is already allocated", "host-mode port already in use")

STEADY: Final = 1.0
"""Seconds after which a proxy that does not understand its configuration has ended, and the engine begun an update."""


class Fronting(Steps):
    """Has the fronts of one project."""

    def have(self, seen: Seen, setting: Setting, wanted: Deployment) -> None:
        """Make the front, or change it where it is not what the deployment needs; that takes it away for seconds."""
        if seen.front and seen.front.running and not self._must_change(seen.front, wanted):
            return
        front = Front(wanted.place, wanted.port, proxy_of(wanted.serve), self.proxy(seen, wanted))
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
        self._places.prune_configs(wanted.place, FRONT, keep=name)

    def _must_change(self, front: View, wanted: Deployment) -> bool:
        alike = labels.made_alike(front.service["Spec"]["Labels"] or {})
        return not alike or any(front_drift(self._project, wanted, front.service))

    def proxy(self, seen: Seen, wanted: Deployment) -> str:
        """The image for the front. Another one of the same name is no reason to replace it: that takes some seconds."""
        now = front_of(wanted.place, seen.front.service) if seen.front else None
        if now and now.image and now.proxy == proxy_of(wanted.serve):
            return now.image
        return proxy_image(self._swarm, proxy_of(wanted.serve))


def _no_front(place: Place, port: int, failure: NotReached) -> DeployFailed:
    taken = any(words in failure.reason for words in PORT_TAKEN)
    return DeployFailed(
        f"{place}: its front does not start on port {port}: {failure.reason}",
        hint=f"set deploy.{place.environment}.port of {place.model} to a free port" if taken else "",
        details=failure.lines,
    )
