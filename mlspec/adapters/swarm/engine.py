"""The swarm behind an engine: services, tasks and nodes, each request explained where it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import docker
from docker.errors import APIError, ImageNotFound, NotFound

from mlspec.adapters.docker.client import PREFIX, connect, engine_host, explained, inspected, label
from mlspec.adapters.swarm.names import mark_of
from mlspec.adapters.swarm.template import GRACE, Setting, Spec
from mlspec.errors import MlspecError, Unreachable

KNOWS_PRIVILEGES: Final = (1, 44)
"""The first API whose services have no-new-privileges."""


PATIENCE: Final = GRACE + 40.0
"""Seconds for the tasks of a removed service to end, and for the swarm to notice."""


class Swarm:
    """A manager of a swarm."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        self.api: Any = client.api
        with explained("asking the engine about its swarm"):
            state = client.info()["Swarm"]
        if not state.get("ControlAvailable"):
            raise Unreachable(
                f"the Docker Engine manages no swarm (it is {state.get('LocalNodeState', 'inactive')} in one)",
                hint="`docker swarm init` makes one of this engine; or name the context of a manager",
            )
        self._node = str(state["NodeID"])

    @classmethod
    def of(cls, context: str) -> Swarm:
        """The swarm that a Docker context's engine manages."""
        return cls(connect(context))

    def services(self, project: str) -> list[dict[str, Any]]:
        """All that have the project's label."""
        with explained("listing the services"):
            return list(self.api.services(filters={"label": f"{label('project')}={project}"}))

    def find(self, name: str) -> dict[str, Any] | None:
        """A service by its name or id."""
        with explained(f"looking for the service {name}"):
            try:
                return dict(self.api.inspect_service(name))
            except NotFound:
                return None

    def create(self, spec: Spec) -> str:
        """Make a service; its id."""
        with explained(f"creating the service {spec['Name']}"):
            return str(self.api.create_service(**_arguments(spec))["ID"])

    def update(self, service: dict[str, Any], spec: Spec) -> None:
        """Make a service what the spec says, refused where somebody changed it since it was looked at.

        Kept are labels of others, and how often somebody forced a restart: another number would be one more.
        """
        now = service["Spec"]
        foreign = {name: value for name, value in (now["Labels"] or {}).items() if not name.startswith(PREFIX)}
        task = spec["TaskTemplate"] | {"ForceUpdate": now["TaskTemplate"].get("ForceUpdate", 0)}
        kept = spec | {"Labels": foreign | spec["Labels"], "TaskTemplate": task}
        with explained(f"updating the service {spec['Name']}"):
            self.api.update_service(service["ID"], service["Version"]["Index"], **_arguments(kept))

    def remove(self, service: Mapping[str, Any]) -> None:
        """Remove a service; its tasks end by themselves, see `await_end`."""
        with explained(f"removing the service {service['Spec']['Name']}"), suppress(NotFound):
            self.api.remove_service(service["ID"])

    def await_end(self, name: str, marked: str) -> None:
        """Wait until the tasks of a removed service have ended: they hold a port, and need their network."""

        def ended() -> bool:
            named = self.api.tasks(filters={"name": name})
            left = {task.get("NodeID") for task in named if mark_of(task["Spec"]) == marked}
            return not left or left <= self._silent()

        with explained(f"removing the service {name}"):
            until(f"the service {name}", ended)

    def _silent(self) -> set[str]:
        """Nodes that do not answer: nobody knows when their tasks end, and nobody waits for it."""
        return {node["ID"] for node in self.api.nodes() if node["Status"]["State"] != "ready"}

    def tasks(self, services: Sequence[str]) -> list[dict[str, Any]]:
        """The tasks of services by their ids: those of today, and the last that ended."""
        if not services:
            return []
        with explained("listing the tasks"):
            try:
                return list(self.api.tasks(filters={"service": list(services)}))
            except NotFound:  # one was removed meanwhile
                return [task for each in services for task in self.tasks([each])] if len(services) > 1 else []

    def lines(self, service: str, count: int) -> list[str]:
        """The newest log lines of each task: `TIME KEY=VALUE,… TEXT`."""
        with explained("reading the logs"):
            parts = self.api.service_logs(
                service, details=True, stdout=True, stderr=True, timestamps=True, tail=count, is_tty=False
            )
            return b"".join(parts).decode(errors="replace").splitlines()

    def image(self, name: str) -> dict[str, Any] | None:
        """What the engine knows of an image; pulled where it does not have it, None where it can't be had."""
        if found := inspected(self.client, name):
            return dict(found)
        with explained(f"pulling the image {name}"):
            try:
                return dict(self.client.images.pull(name).attrs)
            except (ImageNotFound, APIError):
                return None

    def nodes(self) -> int:
        """How many nodes may run tasks."""
        with explained("listing the nodes"):
            return sum(node["Spec"]["Availability"] == "active" for node in self.api.nodes())

    def host(self, nodes: Iterable[str]) -> str:
        """Where to reach a port that these nodes publish: this engine's host where it is among them."""
        others = sorted(nodes)
        if not others or self._node in others:
            return engine_host(self.client)
        with explained("asking for a node's address"):
            return str(self.api.inspect_node(others[0])["Status"]["Addr"])

    def setting(self, project: str, network: str) -> Setting:
        """What services have to know of where they are."""
        version = tuple(int(part) for part in str(self.api.api_version).split("."))
        return Setting(project, network, version >= KNOWS_PRIVILEGES)

    def taken(self) -> set[int]:
        """Ports that services of the swarm or containers of this engine publish."""
        with explained("looking for a free port"):
            services, containers = self.api.services(), self.api.containers()
        specs = [found["Spec"].get("EndpointSpec", {}).get("Ports") or () for found in services]
        given = [found.get("Endpoint", {}).get("Ports") or () for found in services]
        published = {port.get("PublishedPort", 0) for ports in (*specs, *given) for port in ports}
        return published | {port.get("PublicPort", 0) for found in containers for port in found["Ports"]}


def until(what: str, gone: Callable[[], bool]) -> None:
    """Wait for something that was removed; MlspecError where it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not gone():
        if time.monotonic() > deadline:
            raise MlspecError(f"{what} is still in use {PATIENCE:g} s after its removal", hint="run it again later")
        time.sleep(0.2)


def _arguments(spec: Spec) -> dict[str, Any]:
    return {
        "task_template": spec["TaskTemplate"],
        "name": spec["Name"],
        "labels": spec["Labels"],
        "mode": spec["Mode"],
        "update_config": spec.get("UpdateConfig"),
        "rollback_config": spec.get("RollbackConfig"),
        "endpoint_spec": spec.get("EndpointSpec"),
    }
