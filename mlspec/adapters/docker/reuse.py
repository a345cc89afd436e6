"""Servers that run already and are what a deployment asks for: only the front has to be put right."""

from __future__ import annotations

from mlspec.adapters.docker.drift import of_servers
from mlspec.adapters.docker.engine import Engine, Found
from mlspec.adapters.docker.naming import HOST
from mlspec.adapters.docker.order import Order
from mlspec.adapters.docker.route import Server
from mlspec.adapters.docker.scene import Scene
from mlspec.adapters.docker.servers import environment, resources, server_labels
from mlspec.ports.runtime import Deployment


def reusable(engine: Engine, scene: Scene, wanted: Deployment, order: Order) -> tuple[Server, ...]:
    """All servers that are wanted, or none. Without a front they are known by their labels."""
    if scene.route:
        same = scene.route.asks_for_the_same(wanted) and not any(of_servers(scene))
        servers = scene.route.servers if same else ()
        return servers if all(_fits(engine.inspect(server.container), order) for server in servers) else ()
    mine = server_labels(order)
    up = [item.container for item in scene.servers.values() if item.is_up and mine.items() <= item.labels.items()]
    found = [it for container in up if _fits(it := engine.inspect(container), order)]
    adopted = [server for it in found if it and (server := _server(it))]
    return tuple(adopted[: wanted.replicas]) if len(adopted) >= wanted.replicas else ()


def _fits(found: Found | None, order: Order) -> bool:
    """Whether a container was made as one would be made now: image, variables (their values, too), limits."""
    if found is None or found["Image"] != order.image_id:
        return False
    given = {name: value for name, _, value in (pair.partition("=") for pair in found["Config"]["Env"])}
    limits = resources(order.serve)
    asked = (limits.get("nano_cpus", 0), limits.get("mem_limit", 0))
    return (
        environment(order).items() <= given.items()
        and (found["HostConfig"]["NanoCpus"], found["HostConfig"]["Memory"]) == asked
    )


def _server(found: Found) -> Server | None:
    """What a route says of it; None where it is in no network of ours."""
    networks = found["NetworkSettings"]["Networks"].values()
    hosts = [alias for network in networks for alias in network["Aliases"] or () if alias.startswith(HOST)]
    name, started = found["Name"].removeprefix("/"), found["State"]["StartedAt"]
    return Server(found["Id"], name, hosts[0], started) if hosts else None
