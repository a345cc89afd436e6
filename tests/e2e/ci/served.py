"""An image that is built in a second, for what CI deploys, and the containers that serve it."""

from __future__ import annotations

import docker
from fakes.engine import labelled

OWN = """\
serving:
  image: {dockerfile: images/toy/Dockerfile}
  env: [GREETING]
deploy:
"""
DOCKERFILE = """\
FROM python:3.11-slim
COPY own.py /srv/own.py
COPY model /model
USER 10001:10001
HEALTHCHECK --interval=2s CMD ["python", "-S", "-c", "import socket; socket.socket().connect(('127.0.0.1', 8080))"]
ENTRYPOINT ["python", "/srv/own.py"]
"""


def servers(engine: docker.DockerClient, project: str) -> set[str]:
    """The containers that serve."""
    label = [*labelled(project)["label"].split(";"), "io.mlspec.role=server"]
    return {str(container.id) for container in engine.containers.list(filters={"label": label})}
