"""Routes and containers for the docker target's unit tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlspec.adapters.docker.naming import FRONT, SERVER, place_labels
from mlspec.adapters.docker.route import Route, Server
from mlspec.adapters.docker.scene import Scene
from mlspec.adapters.docker.seen import Seen
from mlspec.domain.actual import Place
from mlspec.domain.image import Image

PLACE = Place("production", "wine")
IMAGE = Image("sha256:" + "5" * 64, "sha256:" + "1" * 64, "shop/wine:v1.0.0-555555555555", 1)


def server(number: int = 1) -> Server:
    return Server(f"c{number}", f"mlspec-shop-production-wine-555555555555-1-{number}", f"server-{number}", "then")


def route(servers: int = 1, **changes: Any) -> Route:
    made = Route(
        version="v1.0.0",
        artefact="sha256:" + "a" * 64,
        serve={"replicas": servers, "image": "x", "é": ["ü", None, 1.5]},
        replicas=servers,
        revision="r" * 40,
        fence=1,
        image=IMAGE,
        image_id=IMAGE.reference,
        bind="127.0.0.1",
        port=20_001,
        servers=tuple(server(number) for number in range(1, servers + 1)),
        settled=True,
    )
    return replace(made, **changes)


def seen_server(number: int = 1, **changes: Any) -> Seen:
    labels = dict(place_labels("shop", PLACE, SERVER)) | {"io.mlspec.version": "v1.0.0", "io.mlspec.fence": "1"}
    known = server(number)
    made = Seen(
        known.container,
        known.name,
        PLACE,
        labels,
        IMAGE.reference,
        "running",
        "healthy",
        number,
        frozenset(),
        frozenset({"net"}),
    )
    return replace(made, **changes)


def seen_front(**changes: Any) -> Seen:
    labels = dict(place_labels("shop", PLACE, FRONT)) | {"io.mlspec.fence": "1"}
    ports = frozenset({("127.0.0.1", 20_001)})
    name = "mlspec-shop-production-wine-front"
    made = Seen("f", name, PLACE, labels, "sha256:front", "running", "", 9, ports, frozenset({"net"}))
    return replace(made, **changes)


def scene(*servers: Seen, asked: Route | None = None, front: Seen | None = None, **changes: Any) -> Scene:
    """A front that is well, in front of these."""
    made = Scene(PLACE, front or seen_front(), asked or route(), {item.container: item for item in servers})
    return replace(made, **changes)
