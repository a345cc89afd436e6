"""What runs, in the words of the rest of mlspec."""

from __future__ import annotations

from collections.abc import Sequence

from mlspec.adapters.docker.client import engine_host
from mlspec.adapters.docker.drift import BEING_STARTED, drift
from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.published import endpoint
from mlspec.adapters.docker.route import Route, Server, Share
from mlspec.adapters.docker.scene import Scene
from mlspec.adapters.docker.seen import Seen
from mlspec.domain.actual import Canary, Health, Running


def running(engine: Engine, scene: Scene) -> Running:
    """A place that has containers of ours. Without a front it is told by their labels."""
    if scene.route is None or scene.front is None:
        return _without_front(scene)
    route = scene.route
    health, reason = _health(engine, scene, route)
    return Running(
        place=scene.place,
        version=route.version,
        artefact=route.artefact,
        serve=route.serve,
        replicas=route.replicas,
        health=health,
        endpoint=endpoint(route.bind, route.port, engine_host(engine.client)),
        revision=route.revision,
        fence=route.fence,
        reason=reason,
        drift=drift(scene),
        canary=_canary(engine, scene, route.canary) if route.canary else None,
    )


def _canary(engine: Engine, scene: Scene, share: Share) -> Canary:
    health, reason = _of_servers(engine, scene, share.servers)
    told = (share.version, share.serve, share.share, share.since, len(share.servers))
    return Canary(*told, health, reason, share.mirrored)


def _without_front(scene: Scene) -> Running:
    newest = max(scene.servers.values(), key=lambda item: (item.fence, item.created), default=None)
    return Running(
        place=scene.place,
        version=newest.told("version") if newest else "",
        artefact=newest.told("artefact") if newest else "",
        serve={},
        replicas=len(scene.servers),
        health=Health.MISSING,
        endpoint="",
        fence=scene.fence,
        reason="nothing takes requests",
        drift=drift(scene),
    )


def _health(engine: Engine, scene: Scene, route: Route) -> tuple[Health, str]:
    if scene.front is None or not scene.front.is_up:
        return Health.MISSING, "the front does not run"
    return _of_servers(engine, scene, route.servers)


def _of_servers(engine: Engine, scene: Scene, asked: Sequence[Server]) -> tuple[Health, str]:
    states = [_of_server(engine, server, scene.servers.get(server.container)) for server in asked]
    well, coming = states.count(Health.HEALTHY), states.count(Health.PROGRESSING)
    if well == len(states):
        return Health.HEALTHY, ""
    if well + coming == len(states):
        return Health.PROGRESSING, f"{coming} of {len(states)} servers are being started again"
    some = well + coming + states.count(Health.DEGRADED)
    return (Health.DEGRADED if some else Health.MISSING), f"{len(states) - well} of {len(states)} servers are down"


def _of_server(engine: Engine, server: Server, item: Seen | None) -> Health:
    if item is None:
        return Health.MISSING
    if item.health == "unhealthy":
        return Health.DEGRADED
    if item.is_up:
        return Health.HEALTHY if item.health == "healthy" or _is_gated(engine, server) else Health.PROGRESSING
    return _of_restarting(engine, server) if item.state == BEING_STARTED else Health.MISSING


def _is_gated(engine: Engine, server: Server) -> bool:
    """Whether it has run ever since mlspec found it ready: the engine's own first look may be yet to come."""
    found = engine.inspect(server.container)
    return found is not None and found["State"]["StartedAt"] == server.started


TRIES: int = 5
"""Starts after which one that ends again and again counts as down."""


def _of_restarting(engine: Engine, server: Server) -> Health:
    found = engine.inspect(server.container)
    return Health.PROGRESSING if found and found["RestartCount"] < TRIES else Health.DEGRADED
