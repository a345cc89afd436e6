"""An image registry, through the engine: push, pull, ask for digests. Credentials are those of Docker's own config."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import docker
import requests
from docker.auth import resolve_repository_name
from docker.errors import APIError
from docker.utils import parse_repository_tag

from mlspec.adapters.docker.client import explained
from mlspec.adapters.images.stream import Log, Messages
from mlspec.errors import MlspecError
from mlspec.ports.images import Say

QUICK: Final = 6
"""Seconds for a registry to say what a name stands for."""

_DENIED: Final = re.compile(r"denied|unauthorized|authentication required|no basic auth", re.IGNORECASE)
_MISSING: Final = re.compile(r"not found|manifest unknown|name unknown|does not exist", re.IGNORECASE)
_HINTS: Final = (
    (re.compile("HTTP response to HTTPS"), "give {host} TLS, or name it among the engine's insecure-registries"),
    (re.compile("x509"), "put the certificate of its authority into /etc/docker/certs.d/{host}/ca.crt of the engine"),
    (re.compile("dial tcp|timeout|timed out|deadline|EOF|refused", re.IGNORECASE), "the engine must reach {host}"),
)


def push(client: docker.DockerClient, tag: str, say: Say) -> str:
    """`host/path@sha256:…`, the name by which what was pushed can't become something else."""
    repository, name = parse_repository_tag(tag)
    doing = f"{tag} can't be pushed"
    say(f"pushing {tag}")
    with _registry(doing, tag):
        log = _said(doing, tag, client.api.push(repository, tag=name, stream=True, decode=True), say)
    if not log.aux.get("Digest"):
        raise MlspecError(f"{doing}: the registry told no digest", details=log.tail)
    return f"{repository}@{log.aux['Digest']}"


def pull(client: docker.DockerClient, reference: str, say: Say) -> bool:
    """Have the engine hold it; False where the registry says that it has no such image."""
    doing = f"{reference} can't be pulled"
    say(f"pulling {reference}")
    try:
        with _registry(doing, reference):
            _said(doing, reference, client.api.pull(reference, stream=True, decode=True), say)
    except _Missing:
        return False
    return True


def digest(client: docker.DockerClient, reference: str) -> str:
    """What the registry says that a name stands for now, or nothing where there is none that we may see.

    MlspecError where no registry answers soon. Many deny what they do not have, so a denial is no error here.
    """
    client.api.timeout, patience = QUICK, client.api.timeout
    try:
        with _registry(f"the registry does not tell the digest of {reference}", reference):
            return str(client.images.get_registry_data(reference).attrs["Descriptor"]["digest"])
    except (_Missing, _Denied):
        return ""
    finally:
        client.api.timeout = patience


class _Missing(MlspecError):
    """The registry answers, and has no such image."""


class _Denied(MlspecError):
    """The registry answers, and wants somebody else, or has no such image."""


@contextmanager
def _registry(doing: str, reference: str) -> Iterator[None]:
    """What the engine passes on of a registry's refusal, with what to do about it."""
    with explained(doing):
        try:
            yield
        except APIError as error:
            raise _refusal(doing, reference, str(error.explanation or error)) from error
        except requests.Timeout as error:
            raise _refusal(doing, reference, "timeout") from error


def _refusal(doing: str, reference: str, said: str) -> MlspecError:
    repository, _ = parse_repository_tag(reference)
    telling = said.replace(repository, "")  # a model may be called `denied`
    host, _ = resolve_repository_name(repository)
    if _DENIED.search(telling):
        return _Denied(f"{doing}: {said}", hint=f"`docker login {host}` as someone who may")
    for pattern, hint in _HINTS:
        if pattern.search(telling):
            return MlspecError(f"{doing}: {said}", hint=hint.format(host=host))
    return (_Missing if _MISSING.search(telling) else MlspecError)(f"{doing}: {said}")


def _said(doing: str, reference: str, messages: Messages, say: Say) -> Log:
    log = Log(say).follow(messages)
    if log.error:
        raise _refusal(doing, reference, log.error)
    return log
