"""What one listing of the engine says of a project's containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.engine import Found
from mlspec.adapters.docker.naming import FRONT, place_of
from mlspec.domain.actual import Place

_HEALTH: Final = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")


@dataclass(frozen=True, slots=True)
class Seen:
    """A container of ours. `health` is what its HEALTHCHECK says: healthy, unhealthy, starting, or nothing."""

    container: str
    name: str
    place: Place
    labels: Mapping[str, str]
    image_id: str
    state: str
    health: str
    created: int
    ports: frozenset[tuple[str, int]]
    """address and number of what is published, while it runs"""
    networks: frozenset[str]
    """the ids of those that it is in, while it runs"""

    @property
    def is_front(self) -> bool:
        """Whether it is a front; all others are servers."""
        return self.labels.get(label("role")) == FRONT

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self.state == "running"

    @property
    def fence(self) -> int:
        """Of the deployment that made it, 0 where nothing says so."""
        text = self.labels.get(label("fence"), "")
        return int(text) if text.isdecimal() else 0

    def told(self, name: str) -> str:
        """One of its labels."""
        return self.labels.get(label(name), "")


def seen(listing: Iterable[Found]) -> list[Seen]:
    """The containers of a listing, the oldest first."""
    return sorted((_one(found) for found in listing), key=lambda item: (item.created, item.name))


def _one(found: Found) -> Seen:
    labels = found["Labels"] or {}
    health = _HEALTH.search(found["Status"])
    ports = frozenset((port.get("IP", ""), port["PublicPort"]) for port in found["Ports"] or () if "PublicPort" in port)
    return Seen(
        container=found["Id"],
        name=(found["Names"] or ["/?"])[0].removeprefix("/"),
        place=place_of(labels),
        labels=labels,
        image_id=found["ImageID"],
        state=found["State"],
        health=health[1] if health else "",
        created=found["Created"],
        ports=ports,
        networks=frozenset(it["NetworkID"] for it in found["NetworkSettings"]["Networks"].values()) - {""},
    )
