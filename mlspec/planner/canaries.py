"""Candidates beside what runs: canaries get a share of the requests, shadows copies; whether they keep their word."""

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
from mlspec.domain.replay import Comparison, Replay
from mlspec.domain.service import CanaryPolicy, Split
from mlspec.domain.traffic import Column
from mlspec.domain.words import minute
from mlspec.kinds.drift.jensen_shannon import KIND as JENSEN_SHANNON
from mlspec.planner.baking import service_breaches
from mlspec.planner.drift import paired
from mlspec.planner.obstacles import held_at
from mlspec.planner.refusals import SIGNIFICANCE, refusals
from mlspec.planner.replays import breaches, of_pairs
from mlspec.planner.settings import Change

_CLASSES: Final = 50
_BINS: Final = 10

Stage = Literal["none", "shadow", "canary", "wait", "over"]


def stage(deployment: DesiredDeployment, wanted: str, running: Running, actual: Actual) -> Stage:
    """What a candidate is to do first: nothing, to begin as a shadow or canary, to go on as it is; or it did it all.

    What ran there before is known: going back must not be held up.
    """
    policies = deployment.beside
    if not policies or running.version in {"", wanted} or wanted in actual.memory(running.place).ran:
        return "none"
    canary = running.canary
    now = policy_of(canary, deployment) if canary and is_of(canary, wanted, deployment) else None
    if canary is None or now is None:
        return _named(policies[0])
    if actual.now < canary.since + now.seconds:
        return "wait"
    return "over" if now is policies[-1] else _named(policies[-1])


def _named(policy: CanaryPolicy) -> Stage:
    return "shadow" if policy.mirrored else "canary"


def is_of(canary: Canary, wanted: str, deployment: DesiredDeployment) -> bool:
    """Whether a canary or shadow is of this version with these settings."""
    same = canary.version == wanted and dict(canary.serve) == dict(deployment.serve)
    policy = policy_of(canary, deployment)
    return same and policy is not None and canary.share == policy.share


def policy_of(canary: Canary, deployment: DesiredDeployment) -> CanaryPolicy | None:
    """What is asked of a candidate that stands beside what runs there; None where the spec has no such any more."""
    return deployment.shadow if canary.mirrored else deployment.canary


def canary_until(place: Place, deployment: DesiredDeployment, actual: Actual) -> float:
    """Until when a candidate stands beside what runs, in seconds since the epoch; 0 where there is none."""
    running = actual.running.get(place)
    if not isinstance(running, Running) or running.canary is None:
        return 0.0
    policy = policy_of(running.canary, deployment)
    return running.canary.since + policy.seconds if policy else 0.0


def canary_breach(blueprint: Blueprint, deployment: DesiredDeployment, actual: Actual) -> tuple[str, str]:
    """What the candidate at a place does not keep, with figures, and the line that promises it; empty: nothing."""
    place = Place(deployment.environment, blueprint.name)
    running = actual.running.get(place)
    if not isinstance(running, Running) or running.canary is None:
        return "", ""
    if (policy := policy_of(running.canary, deployment)) is None:
        return "", ""
    found = next(_breaches(policy, running.canary, actual.canaries.get(place)), None)
    return (found[0], blueprint.where(found[1])) if found else ("", "")


def _breaches(policy: CanaryPolicy, canary: Canary, split: Split | None) -> Iterator[tuple[str, int]]:
    if canary.health in {Health.DEGRADED, Health.MISSING}:
        yield f"the {canary.words} is not well: {canary.reason or canary.health}", policy.lines["for"]
    if split is None:
        return
    yield from service_breaches(policy, split.canary)
    yield from refusals(policy, split)
    if policy.paired is not None and len(split.pairs) >= policy.requests:
        yield from breaches(_paired(split, policy.paired), policy.paired)
    if policy.shift is None or min(len(split.answers), len(split.answers_before)) < policy.requests:
        return
    value, chance = shift(split.answers_before, split.answers, numbers=policy.numbers)
    if value > policy.shift and chance < SIGNIFICANCE:
        figures = f"predictions of {canary.version} are {value:.3g} from those of {split.before.version}"
        counts = f"{len(split.answers)} and {len(split.answers_before)} of the same traffic"
        yield f"{figures} ({counts}), {policy.shift:g} is allowed", policy.lines["max_prediction_shift"]


def _paired(split: Split, asked: Replay) -> Comparison:
    """Both versions' answers to the same requests."""
    return of_pairs(Comparison(len(split.pairs), 0, "", 0, 0.0), split.pairs, asked, JENSEN_SHANNON)


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
    """That a candidate stands beside what runs, for people."""
    canary = running.canary
    assert canary is not None
    policy = policy_of(canary, deployment)
    assert policy is not None
    until = minute(canary.since + policy.seconds)
    split = actual.canaries.get(running.place)
    so_far = "" if split is None or split.canary.unknown else f"; {_counts(split, policy)} so far"
    words = f"{canary.version} gets {shared(policy)} until {until}{so_far}"
    return held_at(running.place, HeldReason.SHADOW if canary.mirrored else HeldReason.CANARY, words)


def shared(policy: CanaryPolicy) -> str:
    """What a candidate gets, for people: `10% of the requests`, `copies of all requests`."""
    if not policy.mirrored:
        return f"{policy.share:.0%} of the requests"
    return "copies of all requests" if policy.share == 1 else f"copies of {policy.share:.0%} of the requests"


def _counts(split: Split, policy: CanaryPolicy) -> str:
    failed = f"{split.canary.errors} of {split.canary.requests} answers failed"
    return f"{failed}; {_paired(split, policy.paired).words}" if policy.paired and split.pairs else failed


def by_stage(
    found: Stage, deployment: DesiredDeployment, wanted: str, running: Running, actual: Actual, change: Change
) -> Change:
    """A deployment, beside what runs where it is that's turn, or with what was counted there when its time was over."""
    kind, reasons = change
    if found == "none":
        return change
    kind = {"shadow": ActionKind.SHADOW, "canary": ActionKind.CANARY}.get(found, kind)
    if kept := _kept(deployment, wanted, running, actual):
        reasons = (replace(reasons[0], details=(kept,)), *reasons[1:])
    return kind, reasons


def _kept(deployment: DesiredDeployment, wanted: str, running: Running, actual: Actual) -> str:
    """What a candidate counted that has had its time as a canary or shadow; empty where it was none."""
    canary, split = running.canary, actual.canaries.get(running.place)
    policy = policy_of(canary, deployment) if canary and is_of(canary, wanted, deployment) else None
    if canary is None or policy is None:
        return ""
    counts = "nothing is known of its requests" if split is None or split.canary.unknown else _counts(split, policy)
    return f"it was a {canary.words.partition(' ')[0]} for {shared(policy)}: {counts}"
