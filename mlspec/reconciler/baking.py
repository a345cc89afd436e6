"""What new versions counted, asked only of places where one is watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mlspec.domain.actual import Actual, Place, Running
from mlspec.domain.desired import Blueprint
from mlspec.domain.digest import JSON
from mlspec.domain.service import CanaryPolicy, Service, Split
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


def canaries(ports: Ports, blueprints: Iterable[Blueprint], actual: Actual) -> dict[Place, Split]:
    """What both versions counted at all places where a canary has its share."""
    return {running.place: _split(ports, running, policy) for running, policy in _canaried(blueprints, actual)}


def _canaried(blueprints: Iterable[Blueprint], actual: Actual) -> Iterator[tuple[Running, CanaryPolicy]]:
    for item in blueprints:
        for deployment in item.deployments:
            seen = actual.running.get(Place(deployment.environment, item.name))
            if (
                isinstance(seen, Running)
                and seen.endpoint
                and seen.canary is not None
                and deployment.canary is not None
            ):
                yield seen, deployment.canary


def _split(ports: Ports, running: Running, policy: CanaryPolicy) -> Split:
    assert running.canary is not None
    canary = replace(running, version=running.canary.version, replicas=running.canary.replicas)
    split = Split(_asked(ports, canary), _asked(ports, running))
    if policy.shift is None:
        return split
    since = running.canary.since
    return replace(split, answers=_answers(ports, canary, since), answers_before=_answers(ports, running, since))


def _answers(ports: Ports, running: Running, since: float) -> tuple[JSON, ...]:
    try:
        found = ports.telemetry.requests(running, PATIENCE, whole=False)
    except MlspecError:
        return ()
    return tuple(each.prediction for each in found if each.time >= since)
