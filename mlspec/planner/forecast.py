"""How long trainings will take, by those that are known, and what that is more than the spec allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapreplace
from typing import Final

from mlspec.domain.actual import Training
from mlspec.domain.desired import Blueprint
from mlspec.domain.forecast import Forecast, Total
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import AFTERWARDS
from mlspec.domain.words import duration

_LAST: Final = 20
"""Trainings that count: older ones had other data, or ran on another machine."""
_NAMED: Final = 5
"""Trainings that a warning names."""
_ENOUGH: Final = 10
"""Trainings from which on the interval leaves a tenth out at each end; with fewer, it is all that was seen.

Of n former values of the same kind, the next one lies between the least and the greatest with probability
(n - 1) / (n + 1), whatever their distribution (order statistics).
"""


def forecast(trainings: Sequence[Training]) -> Forecast | None:
    """The median of the last trainings, robust against one that was disturbed; None where there is none yet.

    A run that only measured again, as its model was there already, is none; nor is one whose time died with it.
    """
    known = [training for training in trainings if "train" in training.stages][-_LAST:]
    if not known:
        return None
    values = sorted(training.seconds for training in known)
    own = sorted(training.stages["train"] for training in known)
    low, high = (None, None) if len(values) == 1 else _interval(values)
    return Forecast(_middle(values), low, high, len(values), _middle(own))


def fits(action: Action) -> bool:
    """Whether a training fits a model, or only measures or exports one anew, which takes a small part of the time."""
    return not action.because or any(reason.kind not in AFTERWARDS for reason in action.because)


def total(actions: Sequence[Action], jobs: int) -> Total | None:
    """What a plan's trainings take, begun in their order as soon as a job is free; None where nothing is known."""
    trains = [action for action in actions if action.action is ActionKind.TRAIN and fits(action)]
    known = [action.forecast for action in trains if action.forecast is not None]
    if not known:
        return None
    return Total(
        seconds=_last([item.seconds for item in known], jobs),
        low=_last([item.seconds if item.low is None else item.low for item in known], jobs),
        high=_last([item.seconds if item.high is None else item.high for item in known], jobs),
        jobs=jobs,
        unknown=len(trains) - len(known),
    )


def overruns(blueprint: Blueprint, found: Forecast) -> Iterator[str]:
    """A warning for each limit of `training.compute` that the training will likely pass."""
    compute = blueprint.compute
    checks = (("timeout", found.train, compute.timeout), ("budget", found.seconds, compute.budget))
    for name, expected, limit in checks:
        if expected is not None and limit is not None and expected > limit:
            where = blueprint.where(compute.lines[name])
            words = f"takes about {duration(expected)} by its history, and training.compute.{name} is {duration(limit)}"
            yield f"train {blueprint.name} {words} ({where})"


def over_budget(actions: Sequence[Action], budget: float | None) -> Iterator[str]:
    """A warning where a plan's trainings take longer together than the project's budget; those that take most first."""
    known = [(item.forecast.seconds, item.model) for item in actions if item.forecast is not None]
    expected = sum(seconds for seconds, _ in known)
    if budget is not None and expected > budget:
        most = ", ".join(f"{name} {duration(seconds)}" for seconds, name in sorted(known, reverse=True)[:_NAMED])
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        words = f"the trainings take about {duration(expected)} together by their history ({most}{more})"
        yield f"{words}, and the project's budget is {duration(budget)}"


def _interval(values: Sequence[float]) -> tuple[float, float]:
    cut = len(values) // 10 if len(values) >= _ENOUGH else 0
    return values[cut], values[-1 - cut]


def _middle(values: Sequence[float]) -> float:
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def _last(seconds: Sequence[float], jobs: int) -> float:
    """When the last one ends."""
    ends = [0.0] * jobs
    for each in seconds:
        heapreplace(ends, ends[0] + each)
    return round(max(ends), 3)
