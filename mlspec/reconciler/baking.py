"""What new versions counted, asked only of places where one is watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mlspec.domain.actual import Actual, Place, Running
from mlspec.domain.desired import Blueprint
from mlspec.domain.digest import JSON, canonical
from mlspec.domain.replay import Recorded
from mlspec.domain.service import CanaryPolicy, Service, Split
from mlspec.errors import MlspecError
from mlspec.planner.baking import baking_until
from mlspec.planner.canaries import policy_of
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
    """What both versions counted at all places where a candidate stands beside what runs."""
    return {running.place: _split(ports, running, policy) for running, policy in _canaried(blueprints, actual)}


def _canaried(blueprints: Iterable[Blueprint], actual: Actual) -> Iterator[tuple[Running, CanaryPolicy]]:
    for item in blueprints:
        for deployment in item.deployments:
            seen = actual.running.get(Place(deployment.environment, item.name))
            if not isinstance(seen, Running) or not seen.endpoint or seen.canary is None:
                continue
            if (policy := policy_of(seen.canary, deployment)) is not None:
                yield seen, policy


def _split(ports: Ports, running: Running, policy: CanaryPolicy) -> Split:
    assert running.canary is not None
    canary = replace(running, version=running.canary.version, replicas=running.canary.replicas)
    split = Split(_asked(ports, canary), _asked(ports, running))
    if policy.shift is None and not _compares(policy):
        return split
    since = running.canary.since
    after, before = _kept(ports, canary, since), _kept(ports, running, since)
    if policy.mirrored:
        return replace(split, pairs=_pairs(before, after))
    answers, answers_before = (tuple(each.prediction for each in kept) for kept in (after, before))
    return replace(split, answers=answers, answers_before=answers_before)


def _compares(policy: CanaryPolicy) -> bool:
    """Whether anything is asked of answers to the same requests."""
    return policy.paired is not None and (policy.paired.shift < 1 or policy.paired.changed is not None)


def _kept(ports: Ports, running: Running, since: float) -> Sequence[Recorded]:
    try:
        found = ports.telemetry.requests(running, PATIENCE, whole=False)
    except MlspecError:
        return ()
    return [each for each in found if each.time >= since]


def _pairs(before: Sequence[Recorded], after: Sequence[Recorded]) -> tuple[tuple[JSON, JSON], ...]:
    """Both versions' answers to rows that both have kept, the newer answer of the old one where it gave several."""
    old = {canonical(dict(each.row)): each.prediction for each in before}
    return tuple((old[row], each.prediction) for each in after if (row := canonical(dict(each.row))) in old)
