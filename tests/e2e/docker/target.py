"""What tests of the docker target share: one runtime on the real engine, and answers by the published port."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from fakes.containers import containers, deployment, make_image
from fakes.engine import labelled
from fakes.load import Load
from fakes.processes import PLACE, get

from mlspec.adapters.docker.runtime import DockerRuntime
from mlspec.domain.actual import Health, Running
from mlspec.domain.image import Image


@dataclass
class Target:
    """A runtime, and the engine beside it."""

    engine: docker.DockerClient
    project: str
    root: Path
    runtime: DockerRuntime

    def image(self, **behaviour: Any) -> Image:
        """An image whose server behaves so."""
        return make_image(self.engine, self.project, **({"retries": 3} | behaviour))

    def deploy(self, image: Image, version: str = "v1.0.0", **changes: Any) -> Running:
        """Deploy it; what runs answers with the version."""
        running = self.runtime.deploy(deployment(image, version, **changes))
        assert get(running.endpoint)["version"] == version
        return running

    def seen(self) -> Running:
        """The only place."""
        [found] = self.runtime.observe().values()
        assert isinstance(found, Running)
        return found

    def ours(self, role: str = "") -> list[Container]:
        """The containers of the place."""
        return containers(self.engine, self.project, role, PLACE)

    def front(self) -> Container:
        [front] = self.ours("front")
        return front

    def server(self) -> Container:
        [server] = self.ours("server")
        return server

    def is_settled(self, running: Running, replicas: int = 1) -> None:
        """It runs as it was told, and there is nothing else."""
        assert self.runtime.observe() == {PLACE: running}
        assert (running.health, running.drift) == (Health.HEALTHY, "")
        roles = sorted(container.labels["io.mlspec.role"] for container in self.ours())
        assert roles == ["front", *["server"] * replicas]
        assert all(container.status == "running" for container in self.ours())
        assert len(self.engine.networks.list(filters=labelled(self.project))) == 1


def who(endpoint: str) -> Mapping[str, Any]:
    """What a server says of itself."""
    with urllib.request.urlopen(f"{endpoint}/who", timeout=30) as answer:
        found: Mapping[str, Any] = json.load(answer)
        return found


def answered(load: Load) -> set[str]:
    """The versions that answered."""
    return {json.loads(text)["version"] for text in load.answers}
