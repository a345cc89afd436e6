"""The images that a build is based on, held to digests: asked of their registry, else of what the engine pulled."""

from __future__ import annotations

from functools import cache

import docker
from docker.utils import parse_repository_tag

from mlspec.adapters.docker.client import inspected
from mlspec.adapters.images import registry
from mlspec.adapters.images.dockerfile import Base, pin
from mlspec.errors import MlspecError
from mlspec.ports.images import Say


def pinned(client: docker.DockerClient, dockerfile: bytes, say: Say) -> tuple[bytes, Base]:
    """The Dockerfile with its bases pinned where somebody knows their digests; what is not pinned is said."""
    text, base = pin(dockerfile.decode("utf-8", "surrogateescape"), cache(lambda name: _digest(client, name, say)))
    return text.encode("utf-8", "surrogateescape"), base


def _digest(client: docker.DockerClient, name: str, say: Say) -> str:
    try:
        told = registry.digest(client, name)
    except MlspecError:  # no network, no such host, no account: the engine may have the image all the same
        told = ""
    return told or _pulled(client, name, say)


def _pulled(client: docker.DockerClient, name: str, say: Say) -> str:
    """The digest by which the engine once pulled the image; one that was made here has none."""
    found = inspected(client, name)
    if found is None:
        return ""  # the build pulls it, or says why it can't
    repository, _ = parse_repository_tag(name)
    entries = [entry.partition("@") for entry in found["RepoDigests"] or ()]
    digests = [digest for where, _, digest in entries if where == repository]
    if not digests:
        say(f"{name} is not pinned: no registry tells its digest, so the engine's own image of that name is used")
    return digests[0] if digests else ""
