"""Discovery: the modules of a family's package are its kinds; adding a kind is adding a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Protocol, TypeVar, cast


class Kind(Protocol):
    """What every kind has: the name that specs and messages use."""

    @property
    def name(self) -> str:
        """The kind's name, unique in its family."""
        ...


K = TypeVar("K", bound=Kind)


def discover(family: str, protocol: type[K]) -> Mapping[str, K]:
    """The kinds of a package such as `mlspec.kinds.stage`, by name; TypeError where a module holds none.

    Modules whose name starts with an underscore hold what kinds share. `protocol` types the answer; each module
    declares its `KIND` with it, so that mypy finds a kind without its methods.
    """
    del protocol
    return cast("Mapping[str, K]", _kinds(family))


@cache
def _kinds(family: str) -> Mapping[str, Kind]:
    kinds: dict[str, Kind] = {}
    for found in sorted(iter_modules(import_module(family).__path__), key=lambda module: module.name):
        if not found.name.startswith("_"):
            kind = _kind(f"{family}.{found.name}")
            if kinds.setdefault(kind.name, kind) is not kind:
                raise TypeError(f"two kinds of {family} are called {kind.name}")
    return MappingProxyType(kinds)


def _kind(module: str) -> Kind:
    kind: Kind | None = getattr(import_module(module), "KIND", None)
    if kind is None:
        raise TypeError(f"{module} has no KIND")
    return kind
