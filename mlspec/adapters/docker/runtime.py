"""The docker target's runtime: servers that nobody reaches, and in front of them what owns the published port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from mlspec.adapters.docker import servers
from mlspec.adapters.docker.client import connect
from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.front import GRACE
from mlspec.adapters.docker.network import drop_network
from mlspec.adapters.docker.observe import running
from mlspec.adapters.docker.rollout import Rollout
from mlspec.adapters.docker.scene import all_scenes, scene
from mlspec.adapters.docker.trial import trial
from mlspec.domain.actual import Place, Running, Unseen
from mlspec.domain.digest import JSON
from mlspec.ports.runtime import Deployment, Runtime

READY: Final = 60.0
"""Seconds for new servers to become ready."""


def open_runtime(project: str, context: str, root: str | Path) -> Runtime:
    """The runtime of a project on the engine of a Docker context; nothing is asked of it before it is needed."""
    return DockerRuntime(project, context, Path(root))


class DockerRuntime:
    """`Runtime` for one project on one engine. `root` is the repository's top."""

    def __init__(self, project: str, context: str, root: Path, *, ready: float = READY) -> None:
        self._project = project
        self._context = context
        self._root = root
        self._ready = ready

    @cached_property
    def engine(self) -> Engine:
        """The engine; Unreachable where none answers."""
        return Engine(connect(self._context), self._project)

    def observe(self) -> Mapping[Place, Running | Unseen]:
        """Every place that has containers, asked of the engine now; Unreachable where it does not answer."""
        return {found.place: running(self.engine, found) for found in all_scenes(self.engine)}

    def deploy(self, deployment: Deployment) -> Running:
        """Replace what runs without losing a request, or put right what is not as it should be.

        DeployFailed: never ready, the old one serves on; MlspecError: the port is taken, a newer deployment is there,
        a variable has no value, the image has no HEALTHCHECK.
        """
        rollout = Rollout(self.engine, self._root, self._ready)
        (rollout.split if deployment.is_beside else rollout.deploy)(deployment)
        return running(self.engine, scene(self.engine, deployment.place))

    @contextmanager
    def trial(self, deployment: Deployment) -> Iterator[str]:
        """One server beside what runs, behind a front of its own. DeployFailed: never ready."""
        with trial(self.engine, self._root, deployment, self._ready) as endpoint:
            yield endpoint

    def withdraw(self, place: Place) -> None:
        """Let the canary end its requests, and remove it."""
        Rollout(self.engine, self._root, self._ready).withdraw(place)

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> Running:
        """More or fewer servers of what runs. DeployFailed: more did not get ready; MlspecError: nothing runs."""
        Rollout(self.engine, self._root, self._ready).scale(place, replicas, serve)
        return running(self.engine, scene(self.engine, place))

    def retire(self, place: Place) -> None:
        """Let the fronts end their requests, then the servers, and remove all, the network with its last container."""
        found = scene(self.engine, place)
        for front in found.fronts:
            self.engine.remove(front.container, GRACE)
        for container in found.servers:
            self.engine.remove(container, servers.GRACE)
        drop_network(self.engine, place.environment)

    def logs(self, place: Place, lines: int = 20) -> Sequence[str]:
        """The newest lines of all servers, in order of time."""
        found = scene(self.engine, place)
        asked = [item.container for item in found.serving] or list(found.servers)
        written = sorted(line for container in asked for line in self.engine.log(container, lines, times=True))
        return [line.partition(" ")[2] for line in written[-lines:]]
