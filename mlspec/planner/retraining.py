"""When a model is trained again: by which changes and events, how soon after the last time, how often in vain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mlspec.domain.actual import Actual, ModelHistory
from mlspec.domain.desired import DesiredModel
from mlspec.domain.plan import ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.retrain import RetrainPolicy
from mlspec.kinds.event import EventKind, Moment
from mlspec.kinds.registry import discover
from mlspec.planner.judge import failure_key
from mlspec.planner.pauses import backing_off, cooled, cooling_down, last_training
from mlspec.planner.versions import Choice, stage_artefacts, trained_anew

_TRIGGERS: Final = {
    ReasonKind.DATA_CHANGED: "data",
    ReasonKind.CODE_CHANGED: "code",
    ReasonKind.PARAM_CHANGED: "params",
    ReasonKind.ENVIRONMENT_CHANGED: "environment",
    ReasonKind.DRIFT_FOUND: "drift",
    ReasonKind.PERFORMANCE_LOW: "performance",
}
"""Reason → its name in `retrain.when`; all others train in any case"""
_BY_ITSELF: Final = frozenset({
    ReasonKind.DATA_CHANGED,
    ReasonKind.AGE_PASSED,
    ReasonKind.SCHEDULE_DUE,
    ReasonKind.DRIFT_FOUND,
    ReasonKind.PERFORMANCE_LOW,
})  # fmt: skip
"""What comes without anybody's commit to code or spec, and so may have to wait"""


@dataclass(frozen=True, slots=True)
class Decision:
    """The choice after the spec's policy, and what is held beside it."""

    choice: Choice
    notes: tuple[Held, ...] = ()


def decide(
    desired: DesiredModel, history: ModelHistory, actual: Actual, choice: Choice, *, asked: str = ""
) -> Decision:
    """The choice under the spec's `retrain`. `asked`: who wants a training now, whatever the policy says."""
    policy = desired.blueprint.retrain
    if asked:
        return Decision(_asked(desired, choice, asked))
    if policy is None or choice.held:
        return Decision(choice)
    changes = _reasons(choice)
    events = list(_events(desired, policy, history, actual)) if history.versions else []
    due = [reason for kind, reason in events if changes or not kind.needs_news]
    notes = tuple(_in_vain(desired, kind, reason) for kind, reason in events if kind.needs_news and not changes)
    if not changes and (not due or choice.actions):
        return Decision(choice, notes)  # what is registered first comes first
    held = _held(desired, history, actual, (*changes, *due))
    if held is None:
        return Decision(trained_anew(desired, (*changes, *due)), notes)
    # Without a change the version that there is stays the one that is wanted; only its successor has to wait.
    return Decision(Choice(held=(held,)), notes) if changes else Decision(choice, (*notes, held))


def _asked(desired: DesiredModel, choice: Choice, asked: str) -> Choice:
    blueprint = desired.blueprint
    wish = Reason(ReasonKind.REQUESTED, asked, where=blueprint.where(blueprint.line))
    return trained_anew(desired, (*_reasons(choice), wish))


def _reasons(choice: Choice) -> tuple[Reason, ...]:
    return next((action.because for action in choice.actions if action.action is ActionKind.TRAIN), ())


def _events(
    desired: DesiredModel, policy: RetrainPolicy, history: ModelHistory, actual: Actual
) -> Iterable[tuple[EventKind, Reason]]:
    places = sorted(place for place in actual.drift if place.model == desired.name)
    reports = tuple(actual.drift[place] for place in places)
    moment = Moment(desired.blueprint, policy, history, last_training(history), actual.now, reports)
    for kind in discover("mlspec.kinds.event", EventKind).values():
        if (reason := kind.reason(moment)) is not None:
            yield kind, reason


def _in_vain(desired: DesiredModel, kind: EventKind, reason: Reason) -> Held:
    words = f"{kind.name}: {reason.subject}, but there is nothing new to learn from; bring new data, or change the spec"
    return Held(desired.name, "", HeldReason.NO_NEW_DATA, words)


def _held(desired: DesiredModel, history: ModelHistory, actual: Actual, reasons: tuple[Reason, ...]) -> Held | None:
    """Why there is no training now although there are reasons."""
    policy = desired.blueprint.retrain
    if policy is None or any(reason.kind is ReasonKind.NEVER_TRAINED for reason in reasons):
        return backing_off(desired, history, actual)
    if all(reason.kind in _TRIGGERS and _TRIGGERS[reason.kind] not in policy.when for reason in reasons):
        return _not_automatic(desired, policy, reasons)
    if words := history.failed.get(failure_key(desired, stage_artefacts(history))):
        return Held(desired.name, "", HeldReason.GATE_FAILED, words)
    by_itself = all(reason.kind in _BY_ITSELF for reason in reasons)
    if not by_itself:
        return backing_off(desired, history, actual)
    crashed = backing_off(desired, history, actual, waits=cooled(desired, history))
    return crashed or cooling_down(desired, history, actual)


def _not_automatic(desired: DesiredModel, policy: RetrainPolicy, reasons: tuple[Reason, ...]) -> Held:
    names = ", ".join(dict.fromkeys(_TRIGGERS[reason.kind] for reason in reasons))
    subjects = ", ".join(reason.subject for reason in reasons[:3]) + (" …" if len(reasons) > 3 else "")
    where = desired.blueprint.where(policy.lines.get("when", desired.blueprint.line))
    words = f"{subjects} changed, and `retrain.when` leaves out {names} ({where})"
    hint = f"mlspec apply {desired.name} --retrain"
    return Held(desired.name, "", HeldReason.NOT_AUTOMATIC, f"{words}; to train it now: {hint}")
