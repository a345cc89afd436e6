"""What the checkup and the reconciler ask of a Docker Engine beside its images and containers."""

from __future__ import annotations

from collections.abc import Iterable

import docker
from docker.errors import APIError, ImageNotFound

from mlspec.adapters.docker.client import connect, explained
from mlspec.ports.engine import EngineFacts


def is_local(context: str) -> bool:
    """Whether the engine is reached by a local socket; Unreachable where none answers."""
    client = connect(context)
    return str(client.api.base_url) in {"http+docker://localhost", "http+docker://localnpipe"}


def examine(context: str, bases: Iterable[str]) -> EngineFacts:
    """An engine's version and kind, and which of these base images it could not start a build from."""
    client = connect(context)
    with explained("the engine could not be looked at"):
        info = client.info()
        return EngineFacts(
            version=str(client.version()["Version"]),
            system=str(info.get("OSType", "")),
            manager=bool(info.get("Swarm", {}).get("ControlAvailable")),
            absent=tuple(base for base in sorted(set(bases)) if not _can_be_had(client, base)),
        )


def _can_be_had(client: docker.DockerClient, base: str) -> bool:
    """Whether the engine has an image, or its registry tells of it."""
    try:
        client.images.get(base)
    except ImageNotFound:
        try:
            client.images.get_registry_data(base)
        except APIError:
            return False
    return True
