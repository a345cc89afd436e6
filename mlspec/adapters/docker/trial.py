"""A trial: one server and a front of its own, on a port that the engine chooses, beside what takes the traffic.

Both bear the place's labels and belong to no route: what a crash leaves of them, the next deployment removes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from mlspec.adapters.docker import front as fronts
from mlspec.adapters.docker import servers
from mlspec.adapters.docker.client import engine_host
from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.gate import NotReady, gate
from mlspec.adapters.docker.haproxy import PORT
from mlspec.adapters.docker.naming import TRIAL
from mlspec.adapters.docker.network import have_network
from mlspec.adapters.docker.order import Order, make_order
from mlspec.adapters.docker.published import endpoint
from mlspec.adapters.docker.rollout import route_of
from mlspec.adapters.docker.route import Route
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment, startup_timeout

_LOOPBACK: Final = ("127.0.0.1", "::1")
_GRACE: Final = 1
"""Seconds to end: nobody waits for an answer any more"""


@contextmanager
def trial(engine: Engine, root: Path, wanted: Deployment, ready: float) -> Iterator[str]:
    """The URL of one server of a deployment, while the context lasts; DeployFailed where it never gets ready."""
    order = make_order(engine, root, wanted, wanted.place)
    network = have_network(engine, wanted.place.environment)
    made: list[str] = []
    try:
        server = servers.create(engine, order, network)
        made.append(server.container)
        engine.start(server.container, f"{order.place}: {server.name} could not be started")
        found = gate(engine, [server], order.probe, startup_timeout(order.serve, ready))
        # Only this machine has to reach it, where the engine is on this machine.
        host = engine_host(engine.client)
        bind = host if host in _LOOPBACK else order.bind
        front = _front(engine, order, network, replace(route_of(wanted, order, found), bind=bind, port=0), made)
        yield endpoint(bind, front, host)
    except NotReady as problem:
        message = f"{wanted.place}: {wanted.version} did not become ready: {problem.reason}"
        raise DeployFailed(message, hint="what ran before still runs", details=problem.lines) from None
    finally:
        for container in reversed(made):
            with suppress(MlspecError):
                engine.remove(container, _GRACE)


def _front(engine: Engine, order: Order, network: str, route: Route, made: list[str]) -> int:
    """The port of a front that asks the route's server."""
    front = fronts.make_front(engine, order.place, order.proxy_id, network, route, role=TRIAL)
    made.append(front)
    fronts.start_front(engine, front, order.place, route)
    found = engine.inspect(front)
    ports = found["NetworkSettings"]["Ports"].get(f"{PORT}/tcp") if found else None
    if not ports:
        raise MlspecError(f"{order.place}: the front of a trial has no port", details=tuple(engine.log(front, 10)))
    return int(ports[0]["HostPort"])
