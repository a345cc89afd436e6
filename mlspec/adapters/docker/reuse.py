"""Servers that run already and are what a deployment asks for: only the front has to be put right.

They were ready once, or the engine would not have been told to keep them running. Where it is not sure that they still
are, they are asked.
"""

from __future__ import annotations

from typing import Final

from mlspec.adapters.docker.drift import of_servers
from mlspec.adapters.docker.engine import KEPT, Engine, Found
from mlspec.adapters.docker.gate import NotReady, gate
from mlspec.adapters.docker.naming import HOST
from mlspec.adapters.docker.order import Order
from mlspec.adapters.docker.route import Server
from mlspec.adapters.docker.scene import Scene
from mlspec.adapters.docker.servers import environment, resources, server_labels
from mlspec.ports.runtime import Deployment

PATIENCE: Final = 10.0
"""Seconds for a server that was ready once to say so again."""


def reusable(engine: Engine, scene: Scene, wanted: Deployment, order: Order) -> tuple[Server, ...]:
    """All servers that are wanted, or none. Without a front they are known by their labels."""
    if scene.route is None:
        found = _labelled(engine, scene, order)[: wanted.replicas]
    elif scene.route.asks_for_the_same(wanted) and not any(of_servers(scene)):
        found = scene.route.servers
    else:
        found = ()
    fit = len(found) == wanted.replicas and all(_fits(engine.inspect(it.container), order) for it in found)
    return _ready(engine, found, order) if fit else ()


def _ready(engine: Engine, found: tuple[Server, ...], order: Order) -> tuple[Server, ...]:
    unsure = [it for it in found if (now := engine.inspect(it.container)) and not is_ready(now, it)]
    try:
        gate(engine, unsure, order.probe, PATIENCE)
    except NotReady:
        return ()
    return found


def is_ready(found: Found, server: Server) -> bool:
    """Whether its HEALTHCHECK says so, or it has run ever since mlspec found it ready."""
    state = found["State"]
    return bool(state["StartedAt"] == server.started or (state.get("Health") or {}).get("Status") == "healthy")


def _labelled(engine: Engine, scene: Scene, order: Order) -> tuple[Server, ...]:
    """Servers whose front is gone."""
    mine = server_labels(order)
    up = [item.container for item in scene.servers.values() if item.is_up and mine.items() <= item.labels.items()]
    return tuple(server for container in up if (it := engine.inspect(container)) and (server := _server(it)))


def _server(found: Found) -> Server | None:
    """What a route would say of it; None where it has no name in a network of ours."""
    networks = found["NetworkSettings"]["Networks"].values()
    hosts = [alias for network in networks for alias in network["Aliases"] or () if alias.startswith(HOST)]
    return Server(found["Id"], found["Name"].removeprefix("/"), hosts[0]) if hosts else None


def _fits(found: Found | None, order: Order) -> bool:
    """Whether it was made as it would be made now: image, variables (their values, too), limits."""
    if found is None or found["Image"] != order.image_id:
        return False
    host = found["HostConfig"]
    given = dict(pair.split("=", 1) for pair in found["Config"]["Env"])
    limits = resources(order.serve)
    return (
        host["RestartPolicy"]["Name"] == KEPT
        and environment(order).items() <= given.items()
        and (host["NanoCpus"], host["Memory"]) == (limits.get("nano_cpus", 0), limits.get("mem_limit", 0))
    )
