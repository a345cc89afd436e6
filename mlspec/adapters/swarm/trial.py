"""A trial: a service of one task and a front of its own, beside what takes the traffic.

Their names follow from the place, so that whoever comes after a crash finds and removes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from mlspec.adapters.docker.published import endpoint
from mlspec.adapters.swarm.belongings import Belongings
from mlspec.adapters.swarm.checks import check, proxy_image
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.front import Front, front_spec, proxy_of
from mlspec.adapters.swarm.haproxy import haproxy_config
from mlspec.adapters.swarm.names import (
    MARK,
    TRIAL,
    is_ours,
    mark,
    place_labels,
    trial_front_name,
    trial_name,
)
from mlspec.adapters.swarm.ports import free_port
from mlspec.adapters.swarm.probe import await_answer
from mlspec.adapters.swarm.rollout import NotReached, Rollout
from mlspec.adapters.swarm.template import Setting, Spec, server_spec
from mlspec.domain.actual import Place
from mlspec.errors import DeployFailed
from mlspec.ports.runtime import Deployment

STEADY: Final = 1.0
"""Seconds after which a proxy that does not understand its configuration has ended"""


@dataclass(frozen=True, slots=True)
class TrialFront(Front):
    """The front of a trial."""

    role: ClassVar[str] = TRIAL

    def named(self, project: str) -> str:
        """The service's name."""
        return trial_front_name(project, self.place)

    def text(self, project: str) -> str:
        """Its configuration."""
        return haproxy_config(trial_name(project, self.place))


class Trials:
    """The trials of one project."""

    def __init__(self, swarm: Swarm, project: str) -> None:
        self._swarm = swarm
        self._project = project
        self._belongings = Belongings(swarm, project)

    @contextmanager
    def trial(self, deployment: Deployment, environ: Mapping[str, str], rollout: Rollout) -> Iterator[str]:
        """The URL of one task of a deployment, while the context lasts; DeployFailed where it is never healthy."""
        place = deployment.place
        check(self._swarm, deployment)
        self.clear(place)
        setting = self._swarm.setting(self._project, self._belongings.network(place.environment))
        try:
            rollout.create(self._server(setting, replace(deployment, replicas=1), environ))
            yield self._front(setting, deployment, rollout)
        except NotReached as failure:
            message = f"{place}: {deployment.version} did not become healthy: {failure.reason}"
            raise DeployFailed(message, hint="what ran before still runs", details=failure.lines) from None
        finally:
            self.clear(place)

    def clear(self, place: Place) -> None:
        """Remove what there is of a trial; nothing is no error."""
        names = (trial_front_name(self._project, place), trial_name(self._project, place))
        found = [(name, service) for name in names if (service := self._swarm.find(name)) is not None]
        ours = [(name, service) for name, service in found if is_ours(service, self._project, place, TRIAL)]
        for _, service in ours:
            self._swarm.remove(service)
        for name, _ in ours:
            self._swarm.await_end(name, mark(self._project, place, TRIAL))
        if ours:
            self._belongings.drop_configs(self._belongings.configs(self._labels(place)).values())

    def _server(self, setting: Setting, deployment: Deployment, environ: Mapping[str, str]) -> Spec:
        place = deployment.place
        spec = server_spec(setting, deployment, environ)
        spec["TaskTemplate"]["ContainerSpec"]["Labels"] = {MARK: mark(self._project, place, TRIAL)}
        return spec | {"Name": trial_name(self._project, place), "Labels": self._labels(place)}

    def _front(self, setting: Setting, deployment: Deployment, rollout: Rollout) -> str:
        """Where it answers."""
        place, proxy = deployment.place, proxy_of(deployment.serve)
        port = free_port(self._swarm, self._project, place)
        front = TrialFront(place, port, proxy, proxy_image(self._swarm, proxy))
        config = self._belongings.config(front.config(self._project), front.text(self._project), self._labels(place))
        view = rollout.create(front_spec(setting, front, config), STEADY)
        found = endpoint("", port, self._swarm.host({str(task["NodeID"]) for task in view.running}))
        await_answer(found)
        return found

    def _labels(self, place: Place) -> dict[str, str]:
        return place_labels(self._project, place, TRIAL)
