"""Telling people at the end of a run: what holds now, by the project's channels, and the memory of it published."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from mlspec.cli.applying import Options, part
from mlspec.cli.console import console
from mlspec.cli.session import Look
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Place
from mlspec.domain.desired import Bundle
from mlspec.domain.drift import DriftReport
from mlspec.domain.notice import Condition
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import ActionKind, Plan
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError
from mlspec.planner.notices import notices, watched_notices
from mlspec.reconciler.notifying import Told, notify
from mlspec.reconciler.watching import BRIEF, watched

_OF_TRAFFIC = (Condition.DRIFT, Condition.PERFORMANCE)
_UNSURE = frozenset({"Unknown", "TooFew"})

Reports = dict[Place, DriftReport]


def after_a_run(seen: Look, outcomes: Sequence[Outcome], options: Options) -> None:
    """Tell what this run found; what it did not look at is not over."""
    world, ports = seen.world, seen.ports
    channels = world.bundle.project.channels
    if not channels:
        return
    reports: Reports = {}
    if any(condition in channel.when for channel in channels for condition in _OF_TRAFFIC):
        reports = watched(ports, world.bundle.blueprints, world.actual.running, BRIEF)
    unsure, covered = _unsure(reports), looked_at(seen.plan, options, seen.selection.models, outcomes)
    found = notices(seen.plan, outcomes, reports)
    told = notify(ports, channels, found, lambda model, key: covered(model, key) and (model, key) not in unsure)
    _say(told)
    if told.changed and options.publishes and world.head.has_remote and world.head.branch is not None:
        _publish(ports, world.head.branch)


def looked_at(
    plan: Plan, options: Options, models: Collection[str] = (), outcomes: Sequence[Outcome] = ()
) -> Callable[[str, str], bool]:
    """Whether a run, of some models or of all, looked at what a condition (a model, and a notice's key) is about.

    Generated workflows know no run of the whole: what is about an environment is over by the word of a run that deploys
    there, and all else by one that trains, or by any where nothing waits to be trained. What is suspended is left
    alone, and where a training came to nothing, or did not come to be, nobody said what its environments wait for.
    """
    waiting, suspended, untrained = set[str](), _held(plan, HeldReason.SUSPENDED), _untrained(plan, outcomes)
    if options.only not in {"", "train"}:
        waiting = {name for action in part(plan, "train").actions for name in (action.model, *action.readers)}

    def covered(model: str, key: str) -> bool:
        if models and model not in models:
            return False
        condition, _, environment = key.partition(":")
        if condition not in _OF_TRAFFIC and (model in suspended or (environment and model in untrained)):
            return False
        if environment:
            return options.only in {"", "deploy"} and options.environment in {"", environment}
        return model not in waiting

    return covered


def _held(plan: Plan, reason: HeldReason) -> Collection[str]:
    return {held.model for held in plan.held if held.reason is reason}


def _untrained(plan: Plan, outcomes: Sequence[Outcome]) -> Collection[str]:
    """Models that a training is to give a version, and has not."""
    planned = {action.model for action in plan.actions if action.action is ActionKind.TRAIN}
    done = {each.action.model for each in outcomes if each.action.action is ActionKind.TRAIN and each.status == "done"}
    return (planned - done) | set(_held(plan, HeldReason.TRAINING_FAILED))


def after_a_look(ports: RealPorts, bundle: Bundle, reports: Reports) -> None:
    """Tell what live traffic says, and nothing else."""
    unsure, places = _unsure(reports), {(place.model, place.environment) for place in reports}
    told = notify(
        ports,
        bundle.project.channels,
        list(watched_notices(reports)),
        lambda model, key: (
            key.partition(":")[0] in _OF_TRAFFIC
            and (model, key.partition(":")[2]) in places
            and (model, key) not in unsure
        ),
    )
    _say(told)


def _unsure(reports: Reports) -> Collection[tuple[str, str]]:
    """Conditions of which nothing can be said: they are not over because nobody could see them."""
    return {
        (place.model, f"{condition}:{place.environment}")
        for place, report in reports.items()
        if report.word in _UNSURE
        for condition in _OF_TRAFFIC
    }


def _say(told: Told) -> None:
    for line in told.lines:
        console.say(line)


def _publish(ports: RealPorts, branch: str) -> None:
    """The memory of what was told; without it, the next job of CI would say it again."""
    try:
        ports.writer.push(branch)
    except MlspecError as error:
        console.say(f"warning: what people were told was not published: {error.message}")
