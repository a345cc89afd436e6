"""What takes traffic at a place: kept as a comment in the front's own configuration, so that both change at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from mlspec.domain.digest import JSON, canonical
from mlspec.domain.image import Image
from mlspec.ports.runtime import Deployment

MARK: Final = "# mlspec: "
WIDTH: Final = 900
"""Characters of a line; HAProxy once had a limit of 2048."""


@dataclass(frozen=True, slots=True)
class Server:
    """A container that takes traffic: its id and name, its host name in the network.

    `started` is when it was started, `address` where it was then; a restart changes both.
    """

    container: str
    name: str
    host: str
    started: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A candidate that gets a share of the requests since `since`, or copies of them, and its servers."""

    version: str
    serve: Mapping[str, JSON]
    share: float
    since: float
    servers: tuple[Server, ...]
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A deployment, and the servers that answer for it.

    `previous` holds the ids of the servers that may still answer requests; empty once the traffic has moved.
    `settled` is written when the traffic has moved: until then nobody knows which servers the front really asks.
    """

    version: str
    artefact: str
    serve: Mapping[str, JSON]
    replicas: int
    revision: str
    fence: int
    image: Image
    image_id: str
    bind: str
    port: int
    servers: tuple[Server, ...]
    front: int = 1
    """counts the fronts that this place had: of two that run, the later one is meant"""
    previous: tuple[str, ...] = ()
    settled: bool = False
    canary: Share | None = None

    @property
    def asked(self) -> tuple[Server, ...]:
        """All servers that take traffic, a canary's among them."""
        return (*self.servers, *(self.canary.servers if self.canary else ()))

    @property
    def answering(self) -> tuple[Server, ...]:
        """Those of them that callers get answers of."""
        return self.servers if self.canary and self.canary.mirrored else self.asked

    def asks_for_the_same(self, wanted: Deployment) -> bool:
        """Whether these servers would do for a deployment; revision and fence are only labels."""
        ours = (self.version, self.artefact, canonical(dict(self.serve)), self.replicas)
        theirs = (wanted.version, wanted.artefact, canonical(dict(wanted.serve)), wanted.replicas)
        return ours == theirs and wanted.image is not None and wanted.image.reference == self.image.reference

    def labelled(self, wanted: Deployment) -> Route:
        """The same servers under another revision and fence."""
        return replace(self, revision=wanted.revision, fence=wanted.fence)

    def protects(self, container: str) -> bool:
        """Whether a container takes traffic, or may."""
        return container in self.previous or any(server.container == container for server in self.asked)


def to_comment(route: Route) -> str:
    """Lines that HAProxy passes over; the mark stands before each. An older mlspec can read what has no news for it."""
    told = {name: value for name, value in asdict(route).items() if name != "canary" or value}
    if route.canary and not route.canary.mirrored:
        del told["canary"]["mirrored"]
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    return "".join(f"{MARK}{text[start : start + WIDTH]}\n" for start in range(0, len(text), WIDTH))


def _share(data: Any) -> Share | None:
    return Share(**(data | {"servers": tuple(Server(**server) for server in data["servers"])})) if data else None


def from_comment(text: str) -> Route | None:
    """What `to_comment` wrote at the head of a text; None where it is something else."""
    lines = (line.removeprefix(MARK) for line in text.splitlines() if line.startswith(MARK))
    try:
        data = json.loads("".join(lines))
        servers = tuple(Server(**server) for server in data["servers"])
        parts = {"servers": servers, "previous": tuple(data["previous"]), "image": Image(**data["image"])}
        return Route(**(data | parts | {"canary": _share(data.get("canary"))}))
    except (KeyError, TypeError, ValueError):
        return None
