"""A place's front: the container that owns the published port, and is told which servers to ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.engine import Engine, NameTaken
from mlspec.adapters.docker.haproxy import DRAIN, FOLDER, PORT, config
from mlspec.adapters.docker.mirror import FILE, LUA
from mlspec.adapters.docker.naming import FRONT, front_stem, place_labels
from mlspec.adapters.docker.route import Route, from_comment
from mlspec.adapters.docker.servers import HARDENED
from mlspec.domain.actual import Place
from mlspec.errors import MlspecError

CONFIG: Final = "mlspec-front.cfg"
CANDIDATE: Final = "mlspec-front.next.cfg"
USER: Final = "99:99"
"""haproxy's own in its official images; nothing in the container is its to write, but /tmp."""
GRACE: Final = DRAIN + 2
PROMPT: Final = 10.0
"""Seconds for HAProxy to start a worker, and on top of its own deadline for an old one to leave."""
GLANCE: Final = 0.05


def read_route(engine: Engine, front: str) -> Route | None:
    """What a front asks; None where its configuration is missing or not ours."""
    text = engine.read(front, f"{FOLDER}/{CONFIG}")
    return None if text is None else from_comment(text)


def note(engine: Engine, front: str, route: Route) -> None:
    """Write what is only a comment: the front need not hear of it."""
    _write(engine, front, CONFIG, route)


def _write(engine: Engine, front: str, name: str, route: Route) -> None:
    """A configuration, after what it loads."""
    if route.canary is not None and route.canary.mirrored:
        engine.write(front, FOLDER, FILE, LUA)
    engine.write(front, FOLDER, name, config(route))


def make_front(engine: Engine, place: Place, image: str, network: str, route: Route, *, role: str = FRONT) -> str:
    """A front that is not started yet, and will ask the route's servers. One in another role takes no traffic."""
    stem, number = front_stem(engine.project, place, role), 1
    settings = _settings(engine.project, place, image, network, route)
    settings["labels"] |= place_labels(engine.project, place, role)
    while True:
        try:
            front = engine.create(stem if number == 1 else f"{stem}-{number}", **settings)
        except NameTaken:
            number += 1
        else:
            note(engine, front, route)
            return front


def start_front(engine: Engine, front: str, place: Place, route: Route) -> None:
    """Start it, and wait until it listens."""
    engine.start(front, f"{place}: the front could not be started")
    if not _until(lambda: bool(_workers(engine, front)), PROMPT):
        raise _refused(engine, front, place)
    note(engine, front, replace(route, settled=True))


def check(engine: Engine, front: str, place: Place, route: Route) -> None:
    """MlspecError where a running front would refuse the route; it goes on with what it has."""
    _write(engine, front, CANDIDATE, route)
    status, output = engine.run(front, ["haproxy", "-c", "-f", f"{FOLDER}/{CANDIDATE}"])
    if status:
        raise MlspecError(f"{place}: the front refuses its configuration", details=tuple(output.splitlines()))


def move(engine: Engine, front: str, place: Place, route: Route) -> None:
    """Have a running front ask the route's servers, and wait until it asks no others.

    The route is written as not settled first, and as settled once the old worker has left: whoever comes after a crash
    between the two knows that both generations may be asked.
    """
    note(engine, front, replace(route, settled=False))
    settle(engine, front, place, route)


def settle(engine: Engine, front: str, place: Place, route: Route) -> None:
    """Have it read what is written, and wait until the old worker has left.

    HAProxy hands its listeners from the old worker to the new one; the old one ends its requests, and says goodbye to
    idle clients, for at most DRAIN seconds.
    """
    old = _workers(engine, front)
    engine.signal(front, "SIGUSR2")
    if not _until(lambda: bool(_workers(engine, front) - old), PROMPT):
        raise _refused(engine, front, place)
    _until(lambda: not (_workers(engine, front) & old), DRAIN + PROMPT)
    note(engine, front, replace(route, settled=True, previous=()))


def _workers(engine: Engine, front: str) -> set[int]:
    """HAProxy's workers: the children of its first process."""
    rows = engine.processes(front)
    pids = {pid for pid, _ in rows}
    return {pid for pid, parent in rows if parent in pids}


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(GLANCE)
    return True


def _refused(engine: Engine, front: str, place: Place) -> MlspecError:
    return MlspecError(f"{place}: the front does not start to serve", details=tuple(engine.log(front, 10)))


def _settings(project: str, place: Place, image: str, network: str, route: Route) -> dict[str, Any]:
    """The root is not read-only, since the engine puts no files into such; its files are root's, and it is not."""
    return {
        "image": image,
        "entrypoint": ["haproxy"],
        "command": ["-W", "-db", "-f", f"{FOLDER}/{CONFIG}"],
        "user": USER,
        "labels": dict(place_labels(project, place, FRONT)) | {label("fence"): str(route.fence)},
        "ports": [PORT],
        "networking_config": {"EndpointsConfig": {network: {}}},
        "stop_signal": "SIGUSR1",
        "stop_timeout": GRACE,
        "host": {
            **HARDENED,
            "network_mode": network,
            "port_bindings": {PORT: (route.bind, route.port)},
            "pids_limit": 256,
            "mem_limit": 512 << 20,
            # Not `unless-stopped`: the signal that has it read its file is a stop by hand to the engine.
            "restart_policy": {"Name": "always"},
        },
    }
