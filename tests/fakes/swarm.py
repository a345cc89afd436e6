"""What tests of the swarm target share: a swarm of one node, images that soon are healthy, a look at what there is."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError
from fakes.containers import make_image
from fakes.engine import labelled, missing

from mlspec.adapters.swarm.belongings import Belongings
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.rollout import Deadlines
from mlspec.adapters.swarm.runtime import SwarmRuntime
from mlspec.domain.actual import Place
from mlspec.domain.image import Image
from mlspec.ports.runtime import Deployment

PLACE = Place("production", "wine")
LOOPBACK = {"advertise_addr": "127.0.0.1", "listen_addr": "127.0.0.1:2377", "data_path_addr": "127.0.0.1"}


@pytest.fixture(scope="session")
def swarm(engine: docker.DockerClient) -> Iterator[docker.DockerClient]:
    """The engine as the manager of a swarm. One that tests made is left by the last run of tests that uses it."""
    note = Path(tempfile.gettempdir()) / f"mlspec-test-swarm-{os.getuid()}"
    with note.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if engine.info()["Swarm"]["LocalNodeState"] == "inactive":
            _init(engine)
            lock.write("made by tests\n")
            lock.flush()
        elif not engine.info()["Swarm"]["ControlAvailable"]:
            missing("the engine is a worker of somebody's swarm")
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield engine
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if note.stat().st_size:
                engine.swarm.leave(force=True)
                lock.truncate(0)


def _init(engine: docker.DockerClient) -> None:
    try:
        engine.swarm.init(**LOOPBACK)
    except APIError as error:
        missing(f"the engine can't manage a swarm: {error.explanation}")


def runtime(project: str, root: Path, **seconds: float) -> SwarmRuntime:
    """A real runtime that loses patience sooner."""
    return SwarmRuntime(project, "", root, Deadlines(**({"ready": 90.0} | seconds)))


def end(target: SwarmRuntime) -> None:
    """Retire all that it runs, and close its connections."""
    for place in target.observe():
        target.retire(place)
    target._swarm.client.close()


def swift(client: docker.DockerClient, project: str, *, start: str = "60s", **behaviour: Any) -> Image:
    """An image whose server is known to be healthy within a second, and may take long on a machine that is busy."""
    return make_image(client, project, interval="1s", start=start, retries=3, **behaviour)


def wanted(image: Image, version: str = "v1.0.0", *, place: Place = PLACE, **changes: Any) -> Deployment:
    """A deployment of an image. `serve` adds to the usual settings."""
    replicas = changes.get("replicas", 1)
    serve = {
        "replicas": replicas,
        "image": image.serve,
        "environment.bind": "0.0.0.0",
        "environment.proxy": "haproxy:2.6",
        **changes.pop("serve", {}),
    }
    settings: dict[str, Any] = {"replicas": 1, "port": 0, "trust": (), "revision": "a" * 40, "fence": 1}
    return Deployment(
        place=place,
        version=version,
        artefact="sha256:" + "a" * 64,
        bundle="",
        serve=serve,
        image=image,
        **(settings | changes),
    )


def services(client: docker.DockerClient, project: str) -> dict[str, dict[str, Any]]:
    """Role → service, of the project's only place."""
    found = client.api.services(filters=labelled(project))
    return {service["Spec"]["Labels"]["io.mlspec.role"]: service for service in found}


def edit(client: docker.DockerClient, service: dict[str, Any], **changes: Any) -> None:
    """What somebody does with `docker service update`: `changes` replaces parts of the spec."""
    spec = service["Spec"] | changes
    client.api.update_service(
        service["ID"],
        service["Version"]["Index"],
        task_template=spec["TaskTemplate"],
        name=spec["Name"],
        labels=spec["Labels"],
        mode=spec["Mode"],
        update_config=spec["UpdateConfig"] | {"FailureAction": "continue"},
        endpoint_spec=spec["EndpointSpec"],
    )
    time.sleep(1)  # what the update came to is told once the engine has begun
    deadline = time.monotonic() + 180
    while (client.api.inspect_service(service["ID"]).get("UpdateStatus") or {}).get("State") == "updating":
        assert time.monotonic() < deadline
        time.sleep(0.2)


def containers(client: docker.DockerClient, service: dict[str, Any]) -> list[Any]:
    """The running containers of a service's tasks."""
    return list(client.containers.list(filters={"label": f"com.docker.swarm.service.id={service['ID']}"}))


def belongings(client: docker.DockerClient, project: str) -> dict[str, int]:
    """How much of each the project has in the swarm."""
    mine = labelled(project)
    return {
        "services": len(client.api.services(filters=mine)),
        "configs": len(client.api.configs(filters=mine)),
        "networks": len(client.api.networks(filters=mine | {"driver": "overlay"})),
    }


class Death(BaseException):
    """The process ends here."""


EFFECTS = {Swarm: ("create", "update", "remove"), Belongings: ("network", "config", "drop_configs", "drop_network")}


class Dying:
    """Lets the process die after so many requests that change something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for kind, names in EFFECTS.items():
            for name in names:
                monkeypatch.setattr(kind, name, self._mortal(getattr(kind, name)))

    def _mortal(self, effect: Any) -> Any:
        def mortal(*args: Any) -> Any:
            result = effect(*args)
            self.left -= 1
            if self.left == 0:
                raise Death(effect.__name__)
            return result

        return mortal


@pytest.fixture
def target(swarm: docker.DockerClient, proxy_image: str, engine_project: str, tmp_path: Path) -> Iterator[SwarmRuntime]:
    """A runtime of the swarm target, with nothing deployed; ends with all that it made."""
    made = runtime(engine_project, tmp_path)
    yield made
    end(made)


@pytest.fixture
def image(swarm: docker.DockerClient, base_image: str, engine_project: str) -> Image:
    """An image whose server starts at once."""
    return swift(swarm, engine_project)
