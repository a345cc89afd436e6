"""One build on the engine's classic builder, which every engine has: no BuildKit, no frontend image."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Final

import docker

from mlspec.adapters.docker.client import explained
from mlspec.adapters.docker.dockerfile import arguments
from mlspec.adapters.docker.stream import Log
from mlspec.errors import MlspecError
from mlspec.ports.images import Say

PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Build arguments that Docker knows by itself: commands see them, and neither history nor cache does."""


@dataclass(frozen=True, slots=True)
class Work:
    """What to build: `context` holds `dockerfile`, too; `name` is for messages, the image gets none here."""

    name: str
    context: IO[bytes]
    dockerfile: bytes
    labels: Mapping[str, str]
    fresh: bool


def build(client: docker.DockerClient, work: Work, say: Say) -> str:
    """The new image's id; MlspecError with the step that failed and its last lines."""
    log = Log(say)
    doing = f"{work.name} can't be built"
    with explained(doing):
        log.follow(
            client.api.build(
                fileobj=work.context,
                custom_context=True,
                labels=dict(work.labels),
                buildargs=_proxies(work.dockerfile),
                nocache=work.fresh,
                rm=True,
                forcerm=True,
                decode=True,
            )
        )
    if log.error or "ID" not in log.aux:
        raise MlspecError(
            f"{doing}: {log.error or 'the engine told no image'}",
            hint=f"it failed at {log.step}" if log.step else "",
            details=log.tail,
        )
    return log.aux["ID"]


def _proxies(dockerfile: bytes) -> dict[str, str]:
    """The proxies of the environment, less those that the Dockerfile declares: their values would stay in history."""
    declared = arguments(dockerfile.decode("utf-8", "replace"))
    names = (spelling for name in PROXIES for spelling in (name, name.lower()))
    return {name: os.environ[name] for name in names if os.environ.get(name) and name not in declared}
