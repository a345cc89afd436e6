"""One build on the engine's classic builder, which every engine has: no BuildKit, no frontend image."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Final

import docker

from mlspec.adapters.docker.client import explained
from mlspec.adapters.images.dockerfile import arguments
from mlspec.adapters.images.stream import Log
from mlspec.errors import MlspecError
from mlspec.ports.images import Say

PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""Build arguments that Docker knows by itself: commands see them, and neither history nor cache does."""

_STATUS: Final = re.compile(r"The command .* returned a non-zero code: (\d+)", re.DOTALL)


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
    declared = _declared(work.dockerfile)
    proxies = {name: os.environ[name] for name in PROXIES if os.environ.get(name) and name not in declared}
    with explained(doing):
        log.follow(
            client.api.build(
                fileobj=work.context,
                custom_context=True,
                labels=dict(work.labels),
                buildargs=proxies,
                use_config_proxy=not declared,
                nocache=work.fresh,
                rm=True,
                forcerm=True,
                decode=True,
            )
        )
    if log.error or "ID" not in log.aux:
        raise _failure(doing, log)
    return log.aux["ID"]


def _failure(doing: str, log: Log) -> MlspecError:
    """A command's own words are in the step and its last lines; the engine would repeat it whole."""
    status = _STATUS.fullmatch(log.error)
    if status:
        why, hint = f"a step ended with status {status[1]}", "its last lines say why; what was built before it is kept"
    else:
        why, hint = log.error or "the engine told of no image", ""
    return MlspecError(f"{doing}: {why}", hint=hint, details=log.tail)


def _declared(dockerfile: bytes) -> set[str]:
    """The proxies that the Dockerfile declares: their values would stay in history, so they are not given."""
    return {name for name in arguments(dockerfile.decode("utf-8", "replace")) if name.lower().endswith("_proxy")}
