"""Where a place is published: an address, and a port that the spec names or that is computed and stays."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.domain.actual import Place
from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError

FIRST: Final = 20_000
SPAN: Final = 10_000
"""Stable ports are below the range that Linux gives to outgoing connections (from 32768)."""
PROBES: Final = 50

_TAKEN: Final = ("port is already allocated", "address already in use")
_ELSEWHERE: Final = "cannot assign requested address"
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ANY: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - to be told apart, not to be bound


def bind_of(serve: Mapping[str, JSON]) -> str:
    """The address that the place listens on."""
    return str(serve.get("environment.bind") or "127.0.0.1")


def candidates(project: str, place: Place, wanted: int, before: int) -> Iterator[int]:
    """The ports to try, the best first: what is asked for, or what it had, or one that is computed and the next."""
    if wanted:
        yield wanted
        return
    if is_computed(before):
        yield before
    start = zlib.crc32(f"{project}/{place.environment}/{place.model}".encode())
    yield from (FIRST + (start + step) % SPAN for step in range(PROBES))


def is_computed(port: int) -> bool:
    """Whether a port is one that mlspec may have chosen."""
    return FIRST <= port < FIRST + SPAN


def is_taken(refusal: MlspecError) -> bool:
    """Whether the engine refused to start a container because somebody else has its port."""
    return any(words in refusal.message for words in _TAKEN)


def explained_port(refusal: MlspecError, place: Place, bind: str, port: int) -> MlspecError:
    """Why a front could not be started, with what to do about it."""
    if is_taken(refusal):
        hint = f"set deploy.{place.environment}.port of {place.model} to a free port, or leave it out"
        return MlspecError(f"{place}: port {port} of {bind} is taken on the engine's host", hint=hint)
    if _ELSEWHERE in refusal.message:
        hint = f"environments.{place.environment}.bind must be an address of the engine's host"
        return MlspecError(f"{place}: the engine's host does not have the address {bind}", hint=hint)
    return refusal


def endpoint(bind: str, port: int, engine_host: str) -> str:
    """The URL for whoever runs mlspec: an address that means "here" or "any" is found at the engine's host."""
    host = engine_host if bind in _HERE | _ANY else bind
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
