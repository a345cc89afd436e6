"""What the checkup and the reconciler ask of a Docker Engine beside its images and containers."""

from __future__ import annotations

from collections.abc import Iterable

import docker
from docker.errors import APIError

from mlspec.adapters.docker.client import connect, explained, inspected
from mlspec.ports.engine import EngineFacts


def is_local(context: str) -> bool:
    """Whether the engine is reached by a local socket; Unreachable where none answers."""
    client = connect(context)
    return str(client.api.base_url) in {"http+docker://localhost", "http+docker://localnpipe"}


def examine(context: str, images: Iterable[str]) -> EngineFacts:
    """An engine's version and kind, and which of these images it has not and could not pull."""
    client = connect(context)
    with explained("the engine could not be looked at"):
        info = client.info()
        return EngineFacts(
            version=str(client.version()["Version"]),
            system=str(info.get("OSType", "")),
            manager=bool(info.get("Swarm", {}).get("ControlAvailable")),
            absent=tuple(image for image in sorted(set(images)) if not _can_be_had(client, image)),
        )


def _can_be_had(client: docker.DockerClient, image: str) -> bool:
    """Whether the engine has an image, or its registry tells of it."""
    if inspected(client, image) is None:
        try:
            client.images.get_registry_data(image)
        except APIError:
            return False
    return True
