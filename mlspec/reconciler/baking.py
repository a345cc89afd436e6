"""What new versions counted, asked only of places where one is watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlspec.domain.actual import Actual, Place, Running
from mlspec.domain.desired import Blueprint
from mlspec.domain.service import Service
from mlspec.errors import MlspecError
from mlspec.planner.baking import baking_until
from mlspec.reconciler.ports import Ports

PATIENCE = 2.0
"""Seconds that a place may take to answer"""


def services(ports: Ports, blueprints: Iterable[Blueprint], actual: Actual) -> dict[Place, Service]:
    """The counts of all places that bake; that nothing can be said of one is a count, too."""
    return {running.place: _asked(ports, running) for running in _baking(blueprints, actual)}


def _baking(blueprints: Iterable[Blueprint], actual: Actual) -> Iterator[Running]:
    for item in blueprints:
        for deployment in item.deployments:
            place = Place(deployment.environment, item.name)
            seen = actual.running.get(place)
            if isinstance(seen, Running) and seen.endpoint and baking_until(place, deployment, actual):
                yield seen


def _asked(ports: Ports, running: Running) -> Service:
    try:
        return ports.telemetry.service(running, PATIENCE)
    except MlspecError as error:
        return Service(running.version, unknown=str(error))
