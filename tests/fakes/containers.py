"""What tests of the docker target share: servers without a model in images of their own, and an end to all of them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from fakes.engine import BASE, labelled
from fakes.processes import PLACE

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.runtime import DockerRuntime
from mlspec.domain.actual import Place, Running
from mlspec.domain.digest import digest
from mlspec.domain.image import Image
from mlspec.ports.runtime import Deployment

DOCKERFILE = """\
FROM {base}
COPY server.py health.py /
ENV BEHAVIOUR='{behaviour}'
USER 10001:10001
{health}
ENTRYPOINT ["python", "-I", "/server.py"]
CMD ["--version", "none"]
"""
HEALTH = """\
HEALTHCHECK --interval={interval} --start-period={start} --timeout=5s --retries={retries} \\
    CMD ["python", "-I", "-S", "/health.py"]
"""
READY = """\
import socket, sys

line = socket.create_connection(("127.0.0.1", 8080), 4)
line.sendall(b"GET /ready HTTP/1.0\\r\\n\\r\\n")
sys.exit(b" 200 " not in line.recv(99))
"""
SERVER = Path(__file__).with_name("container_server.py")


def make_image(
    client: docker.DockerClient,
    project: str,
    *,
    interval: str = "10s",
    start: str = "1ms",
    retries: int = 1,
    **behaviour: Any,
) -> Image:
    """An image whose server behaves as container_server.py says; `interval` "" gives it no HEALTHCHECK.

    Within `start` a HEALTHCHECK that fails is not counted.
    """
    health = HEALTH.format(interval=interval, start=start, retries=retries) if interval else ""
    text = DOCKERFILE.format(base=BASE, behaviour=json.dumps(behaviour), health=health)
    files = {"Dockerfile": text.encode(), "server.py": SERVER.read_bytes(), "health.py": READY.encode()}
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, io.BytesIO(data))
        stream.seek(0)
        labels = {label("project"): project}
        built, _ = client.images.build(fileobj=stream, custom_context=True, labels=labels, rm=True, forcerm=True)
    return Image(digest([project, text]), built.id, f"{project}/wine:test", 1)


class Imaged:
    """A DockerRuntime that runs an image of the test's own wherever a deployment names none."""

    def __init__(self, runtime: DockerRuntime, image: Image) -> None:
        self.runtime = runtime
        self.image = image

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runtime, name)

    def deploy(self, deployment: Deployment) -> Running:
        return self.runtime.deploy(self._with_image(deployment))

    def trial(self, deployment: Deployment) -> AbstractContextManager[str]:
        return self.runtime.trial(self._with_image(deployment))

    def _with_image(self, deployment: Deployment) -> Deployment:
        return replace(deployment, image=deployment.image or self.image, bundle="")


def deployment(image: Image, version: str = "v1.0.0", *, place: Place = PLACE, **changes: Any) -> Deployment:
    """A deployment of an image; `serve` is added to what every container deployment has."""
    replicas = changes.get("replicas", 1)
    base = {"replicas": replicas, "image": image.serve, "environment.bind": "127.0.0.1"}
    serve = base | {"environment.proxy": "haproxy:2.6"} | changes.pop("serve", {})
    settings: dict[str, Any] = {
        "artefact": "sha256:" + "a" * 64,
        "serve": serve,
        "replicas": 1,
        "port": 0,
        "trust": (),
        "revision": "a" * 40,
        "fence": 1,
        "image": image,
    }
    return Deployment(place=place, version=version, bundle="", **(settings | changes))


def containers(
    client: docker.DockerClient, project: str, role: str = "", place: Place | None = None
) -> list[Container]:
    """All containers of a project, or those of a place or role."""
    wanted = [labelled(project)["label"]]
    wanted += [f"{label('role')}={role}"] if role else []
    wanted += [f"{label('environment')}={place.environment}", f"{label('model')}={place.model}"] if place else []
    return list(client.containers.list(all=True, filters={"label": wanted}))


def names(client: docker.DockerClient, project: str) -> Iterator[str]:
    """The names of a project's containers."""
    return (container.name for container in containers(client, project))
