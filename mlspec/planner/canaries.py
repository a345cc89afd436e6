"""Canaries: a candidate that gets a share of the requests, and whether it keeps what is promised of it."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from mlspec.domain.actual import Actual, Canary, Health, Place, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.digest import JSON, canonical
from mlspec.domain.plan import ActionKind, Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.service import CanaryPolicy, Service, Split
from mlspec.domain.traffic import Column
from mlspec.domain.words import minute
from mlspec.kinds.drift.jensen_shannon import KIND as JENSEN_SHANNON
from mlspec.planner.baking import service_breaches
from mlspec.planner.drift import paired
from mlspec.planner.obstacles import held_at
from mlspec.planner.settings import Change

SIGNIFICANCE: Final = 0.001
"""How often a look at a canary may see a shift where there is none; there are many looks at one"""
_CLASSES: Final = 50
_BINS: Final = 10

Stage = Literal["none", "start", "wait", "over"]


def stage(deployment: DesiredDeployment, wanted: str, running: Running, actual: Actual) -> Stage:
    """What a candidate's canary is to do: there is none to be, it begins, it goes on, or it has had its time.

    What ran there before is known: going back must not be held up.
    """
    policy = deployment.canary
    if policy is None or not running.version or running.version == wanted or wanted in actual.memory(running.place).ran:
        return "none"
    canary = running.canary
    if canary is None or not is_of(canary, wanted, deployment):
        return "start"
    return "wait" if actual.now < canary.since + policy.seconds else "over"


def is_of(canary: Canary, wanted: str, deployment: DesiredDeployment) -> bool:
    """Whether a canary is of this version with these settings."""
    same = canary.version == wanted and dict(canary.serve) == dict(deployment.serve)
    return same and deployment.canary is not None and canary.share == deployment.canary.share


def canary_until(place: Place, deployment: DesiredDeployment, actual: Actual) -> float:
    """Until when a canary has its share there, in seconds since the epoch; 0 where there is none."""
    running, policy = actual.running.get(place), deployment.canary
    if policy is None or not isinstance(running, Running) or running.canary is None:
        return 0.0
    return running.canary.since + policy.seconds


def canary_breach(blueprint: Blueprint, deployment: DesiredDeployment, actual: Actual) -> tuple[str, str]:
    """What the canary at a place does not keep, with figures, and the line that promises it; empty: nothing."""
    place, policy = Place(deployment.environment, blueprint.name), deployment.canary
    running = actual.running.get(place)
    if policy is None or not isinstance(running, Running) or running.canary is None:
        return "", ""
    found = next(_breaches(policy, running.canary, actual.canaries.get(place)), None)
    return (found[0], blueprint.where(found[1])) if found else ("", "")


def _breaches(policy: CanaryPolicy, canary: Canary, split: Split | None) -> Iterator[tuple[str, int]]:
    if canary.health in {Health.DEGRADED, Health.MISSING}:
        yield f"the canary {canary.version} is not well: {canary.reason or canary.health}", policy.lines["for"]
    if split is None:
        return
    yield from service_breaches(policy, split.canary)
    if policy.shift is None or min(len(split.answers), len(split.answers_before)) < policy.requests:
        return
    value, chance = shift(split.answers_before, split.answers, numbers=policy.numbers)
    if value > policy.shift and chance < SIGNIFICANCE:
        figures = f"predictions of {canary.version} are {value:.3g} from those of {split.before.version}"
        counts = f"{len(split.answers)} and {len(split.answers_before)} of the same traffic"
        yield f"{figures} ({counts}), {policy.shift:g} is allowed", policy.lines["max_prediction_shift"]


def shift(before: Sequence[JSON], after: Sequence[JSON], *, numbers: bool | None) -> tuple[float, float]:
    """The Jensen-Shannon distance of two versions' answers to other requests each, and how often chance gives as much.

    Bins that hold too few answers are put together, as for drift.
    """
    both = (*before, *after)
    of_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in both)
    if numbers is None:
        numbers = of_numbers and any(isinstance(value, float) and value % 1 for value in both)
    if numbers and of_numbers:
        values = [[float(value) for value in side] for side in (before, after)]  # type: ignore[arg-type]
        edges = statistics.quantiles([*values[0], *values[1]], n=_BINS)
        counts = [Counter(bisect_right(edges, value) for value in side) for side in values]
        reference, live = (tuple(each[index] for index in range(_BINS)) for each in counts)
        pair = paired(Column("number", (*reference, 0)), (*live, 0), ordered=False)
    else:
        spelled = [Counter(canonical(value) for value in side) for side in (before, after)]
        names = [name for name, _ in (spelled[0] + spelled[1]).most_common(_CLASSES)]
        reference, live = (
            (*(each[name] for name in names), each.total() - sum(each[name] for name in names)) for each in spelled
        )
        pair = paired(Column("category", (*reference, 0)), (*live, 0), ordered=False)
    return JENSEN_SHANNON.measure(pair.reference, pair.live)


def waiting(running: Running, deployment: DesiredDeployment, actual: Actual) -> Held:
    """That a canary has its share, for people."""
    canary, policy = running.canary, deployment.canary
    assert canary is not None
    assert policy is not None
    until = minute(canary.since + policy.seconds)
    words = f"{canary.version} gets {canary.share:.0%} of the requests until {until}{_so_far(actual, running.place)}"
    return held_at(running.place, HeldReason.CANARY, words)


def _so_far(actual: Actual, place: Place) -> str:
    split = actual.canaries.get(place)
    if split is None or split.canary.unknown:
        return ""
    return f"; {_counts(split.canary)} so far"


def _counts(service: Service) -> str:
    return f"{service.errors} of {service.requests} answers failed"


def by_canary(found: Stage, running: Running, actual: Actual, change: Change) -> Change:
    """A deployment, as a canary where it is one's turn, or with what the canary had counted when its time was over."""
    kind, reasons = change
    if found == "start":
        return ActionKind.CANARY, reasons
    if found == "over":
        return kind, (replace(reasons[0], details=(_kept(running, actual),)), *reasons[1:])
    return change


def _kept(running: Running, actual: Actual) -> str:
    canary, split = running.canary, actual.canaries.get(running.place)
    assert canary is not None
    counts = "nothing is known of its requests" if split is None or split.canary.unknown else _counts(split.canary)
    return f"it was a canary for {canary.share:.0%} of the requests: {counts}"
