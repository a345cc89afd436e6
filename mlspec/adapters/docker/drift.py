"""What is not as mlspec left it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.adapters.docker.route import Route, Server
from mlspec.adapters.docker.scene import Scene
from mlspec.adapters.docker.seen import Seen

BEING_STARTED: Final = "restarting"
"""The engine's word for a container that ended and will be started again by itself."""


def drift(scene: Scene) -> str:
    """The first thing that somebody did, or that was left half-done, and how many more there are; else nothing."""
    found = [*of_front(scene), *of_servers(scene), *_left(scene)]
    return f"{found[0]} (and {len(found) - 1} more)" if len(found) > 1 else "".join(found)


def of_front(scene: Scene) -> Iterator[str]:
    """What is the matter with the front."""
    front, route = scene.front, scene.route
    if route is None or front is None:
        yield "the front is gone" if scene.servers else "only a front is left"
    elif not front.is_up and front.state != BEING_STARTED:
        yield f"the front {front.name} was {_done_to(front)}"
    elif front.is_up and route.port not in {port for _, port in front.ports}:
        yield f"the front {front.name} does not publish port {route.port}"


def of_servers(scene: Scene) -> Iterator[str]:
    """What is the matter with the servers that the front asks."""
    if route := scene.route:
        for server in route.servers:
            item = scene.servers.get(server.container)
            yield from [f"{server.name} was removed"] if item is None else _of_server(server, route, item)
            if item and scene.front and scene.front.is_up and item.is_up and not item.networks & scene.front.networks:
                yield f"{server.name} is not in the front's network"


def _left(scene: Scene) -> Iterator[str]:
    if scene.route and not scene.route.settled:
        yield "an interrupted deployment left the traffic between two versions"
    if scene.route:
        yield from (f"{item.name} is left of an interrupted deployment" for item in scene.leftovers)


def _of_server(server: Server, route: Route, item: Seen) -> Iterator[str]:
    if not item.is_up and item.state != BEING_STARTED:
        yield f"{server.name} was {_done_to(item)}"
    elif item.health == "unhealthy":
        yield f"{server.name} is unhealthy"
    elif item.image_id != route.image_id:
        yield f"{server.name} runs another image"
    elif item.name != server.name:
        yield f"{server.name} was renamed {item.name}"


def _done_to(item: Seen) -> str:
    return {"exited": "stopped", "created": "never started"}.get(item.state, item.state)
