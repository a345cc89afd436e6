"""A place's servers: containers that nobody reaches but the front, and that may do little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from docker.types import LogConfig

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.engine import Engine, Found, NameTaken
from mlspec.adapters.docker.haproxy import PORT
from mlspec.adapters.docker.naming import SERVER, new_host, place_labels, server_stem
from mlspec.adapters.docker.order import Order
from mlspec.adapters.docker.route import Server
from mlspec.domain.digest import short

GRACE: Final = 20
"""Seconds for a server to end after SIGTERM; its own drain takes at most 10."""
LOGS: Final = LogConfig(type="json-file", config={"max-size": "10m", "max-file": "3"})
HARDENED: Final[Mapping[str, Any]] = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "size=64m"},  # noqa: S108
    "log_config": LOGS,
}


def create(engine: Engine, order: Order, network: str) -> Server:
    """A server, not started yet. The engine will not start it again by itself before it has been ready once."""
    host = new_host()
    number = 1
    while True:
        name = f"{server_stem(engine.project, order.place, short(order.image.serve, 12), order.fence)}-{number}"
        try:
            container = engine.create(name, **_settings(engine.project, order, network, host))
        except NameTaken:
            number += 1
        else:
            return Server(container, name, host)


def _settings(project: str, order: Order, network: str, host: str) -> dict[str, Any]:
    return {
        "image": order.image.reference,
        "command": order.command,
        "environment": environment(order),
        "labels": dict(place_labels(project, order.place, SERVER)) | server_labels(order),
        "networking_config": {"EndpointsConfig": {network: {"Aliases": [host]}}},
        "stop_timeout": GRACE,
        "host": {
            **HARDENED,
            **resources(order.serve),
            "network_mode": network,
            "read_only": True,
            "init": True,
            "pids_limit": 1024,
            "restart_policy": {"Name": "no"},
        },
    }


def environment(order: Order) -> dict[str, str]:
    """The variables that a server gets; mlspec's own can't be overridden."""
    own = {"PORT": str(PORT), "MLSPEC_MODEL": order.place.model, "MLSPEC_VERSION": order.version}
    return dict(order.environ) | own


def located(server: Server, found: Found) -> Server:
    """The server as it is now: when it was started, and where it is while it runs."""
    networks = found["NetworkSettings"]["Networks"].values()
    addresses = [each["IPAddress"] for each in networks if each["IPAddress"]]
    return replace(server, started=found["State"]["StartedAt"], address="".join(addresses[:1]))


def server_labels(order: Order) -> dict[str, str]:
    """What tells one deployment's servers from another's."""
    values = {
        "version": order.version,
        "artefact": order.artefact,
        "serve": order.image.serve,
        "fence": str(order.fence),
    }
    return {label(name): value for name, value in values.items()}


def resources(serve: Mapping[str, Any]) -> dict[str, Any]:
    """Hard limits. Without swap: what grows beyond its memory is started again rather than slow for all."""
    limits: dict[str, Any] = {}
    if cpu := serve.get("resources.cpu"):
        limits["nano_cpus"] = int(cpu * 1_000_000_000)
    if memory := serve.get("resources.memory"):
        limits |= {"mem_limit": int(memory), "memswap_limit": int(memory)}
    return limits
