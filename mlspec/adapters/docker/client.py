"""The Docker Engine: found as docker's own command line finds it; its refusals in words that help."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import docker
import requests
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, ImageNotFound, TLSParameterError

from mlspec.adapters.docker.contexts import endpoint
from mlspec.errors import MlspecError, Unreachable

PREFIX: Final = "io.mlspec."
"""What the names of our labels start with."""

LOCAL: Final = "unix:///var/run/docker.sock"
TIMEOUT: Final = 120
"""Seconds for the engine to answer a single request."""


def label(name: str) -> str:
    """`io.mlspec.NAME`."""
    return PREFIX + name


def connect(context: str = "") -> docker.DockerClient:
    """An engine's client: of a named context, else DOCKER_HOST, DOCKER_CONTEXT, the current context, the local socket.

    ssh hosts are reached with the user's own ssh. Unreachable, naming the address, where no engine answers.
    """
    name = context or ("" if os.environ.get("DOCKER_HOST") else os.environ.get("DOCKER_CONTEXT", "") or _current())
    try:
        client = _of_context(name) if name not in {"", "default"} else _of_environment()
        client.ping()
    except (DockerException, TLSParameterError, requests.RequestException, OSError, ValueError) as error:
        raise Unreachable(
            f"no Docker Engine answers at {_address(name)}: {_brief(error)}",
            hint="is it running, and may you use it? `docker info` says; DOCKER_HOST or a context names another",
        ) from error
    return client


def engine_host(client: docker.DockerClient) -> str:
    """Where published ports are found: this machine for a local socket, else the engine's own host."""
    base = client.api.base_url
    if base == "http+docker://ssh":  # the SDK's name for all of them
        base = f"ssh://{getattr(client.api.get_adapter(base), 'ssh_host', '')}"
    url = urlsplit(base)
    return "127.0.0.1" if url.scheme in {"http+docker", "npipe"} or not url.hostname else url.hostname


def inspected(client: docker.DockerClient, image: str) -> Mapping[str, Any] | None:
    """What the engine knows of an image by its name, digest or id; None where it has no such image."""
    with explained(f"looking for the image {image}"):
        try:
            found: Mapping[str, Any] = client.images.get(image).attrs
        except ImageNotFound:
            return None
    return found


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn what the engine refuses into MlspecError (`DOING: what it said`), a lost connection into Unreachable."""
    try:
        yield
    except APIError as error:
        raise MlspecError(f"{doing}: {error.explanation or error}".rstrip()) from error
    except (requests.RequestException, OSError) as error:
        raise Unreachable(f"{doing}: the Docker Engine does not answer: {_brief(error)}") from error
    except DockerException as error:
        raise MlspecError(f"{doing}: {error}") from error


def _of_environment() -> docker.DockerClient:
    host = os.environ.get("DOCKER_HOST") or LOCAL
    _knock(host)
    return docker.from_env(timeout=TIMEOUT, use_ssh_client=host.startswith("ssh://"))


def _of_context(name: str) -> docker.DockerClient:
    found = endpoint(name)
    _knock(found.host)
    return docker.DockerClient(
        base_url=found.host, tls=found.tls or False, timeout=TIMEOUT, use_ssh_client=found.host.startswith("ssh://")
    )


def _knock(host: str) -> None:
    """OSError where nobody listens on a local socket: the SDK would leave one of its own open then."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(host.removeprefix("unix://"))


def _current() -> str:
    return get_current_context_name() or ""


def _address(context: str) -> str:
    if context not in {"", "default"}:
        return f"the context `{context}`"
    return os.environ.get("DOCKER_HOST") or LOCAL


def _brief(error: BaseException) -> str:
    """The system's own words where it has any: the libraries in between wrap them up in their own, many times."""
    at: BaseException | None = error
    while at is not None:
        for cause in (at, *at.args):
            if isinstance(cause, OSError) and cause.strerror:
                return cause.strerror
        at = at.__cause__ or at.__context__
    text = str(error)
    return text if len(text) <= 200 else f"…{text[-200:]}"
