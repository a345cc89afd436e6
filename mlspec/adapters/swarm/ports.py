"""A port for a place of which the spec names none: a stable one that is free."""

from __future__ import annotations

import socket
from contextlib import closing

from mlspec.adapters.docker.client import engine_host
from mlspec.adapters.docker.published import candidates
from mlspec.adapters.swarm.engine import Swarm
from mlspec.domain.actual import Place
from mlspec.errors import MlspecError


def free_port(swarm: Swarm, project: str, place: Place) -> int:
    """The first of the place's own row of ports that nobody seems to have, on any node that we can ask."""
    taken = swarm.taken()
    local = engine_host(swarm.client) == "127.0.0.1"
    for port in candidates(project, place, 0, 0):
        if port not in taken and not (local and _is_bound(port)):
            return port
    raise MlspecError(f"{place}: no free port was found", hint=f"set deploy.{place.environment}.port")


def _is_bound(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False
