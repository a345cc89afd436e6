"""Plan, outcomes and reports → the conditions that hold now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mlspec.domain.actual import Place
from mlspec.domain.drift import DriftReport, Finding, State
from mlspec.domain.notice import Condition, Notice
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason, ReasonKind

_TOLD: Final = {
    **dict.fromkeys(
        (
            HeldReason.GATE_FAILED,
            HeldReason.WAITING_FOR_APPROVAL,
            HeldReason.NOT_APPROVED,
            HeldReason.HAND_EDITED,
            HeldReason.NOT_OBSERVED,
            HeldReason.NO_NEW_DATA,
            HeldReason.SPEC_REMOVED,
        ),
        Condition.HELD,
    ),
    HeldReason.STALE_DATA: Condition.STALE,
    **dict.fromkeys(
        (
            HeldReason.ROLLOUT_FAILED,
            HeldReason.TRAINING_FAILED,
            HeldReason.SLO_BREACHED,
            HeldReason.ROLLED_BACK,
        ),
        Condition.FAILED,
    ),
}
"""What is held and worth a message; all else is somebody's wish, or over by itself."""


_TRAIN: Final = ActionKind.TRAIN
_GIVES: Final = frozenset({ActionKind.TRAIN, ActionKind.REGISTER})


def notices(plan: Plan, outcomes: Sequence[Outcome], reports: Mapping[Place, DriftReport]) -> tuple[Notice, ...]:
    """Each condition of each place once, with all that is to be said of it."""
    found: dict[tuple[str, str], Notice] = {}
    for notice in (
        *_held(plan, outcomes),
        *_taken_back(plan),
        *_ended(plan, outcomes),
        *_stale(plan, outcomes),
        *watched_notices(reports),
    ):
        before = found.get((notice.model, notice.key))
        if before is None:
            found[notice.model, notice.key] = notice
        elif notice.message not in before.message:
            about = tuple(dict.fromkeys((*before.about, *notice.about)))
            found[notice.model, notice.key] = replace(
                before, message=f"{before.message}\n{notice.message}", about=about
            )
    return tuple(found.values())


def watched_notices(reports: Mapping[Place, DriftReport]) -> Iterator[Notice]:
    """What live traffic says."""
    for place, report in reports.items():
        for condition, items in ((Condition.DRIFT, report.findings), (Condition.PERFORMANCE, report.performance)):
            if text := _words(items):
                yield Notice(condition, place.model, place.environment, text)


def _words(items: Sequence[Finding]) -> str:
    return "; ".join(
        f"{item.subject}: {item.test} {item.value:.3g}, limit {item.limit:.3g}, {item.rows} rows"
        for item in items
        if item.state is State.DRIFT and item.value is not None and item.limit is not None
    )


def _held(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Notice]:
    trained = _trained(outcomes)
    for found in plan.held:
        if found.reason not in _TOLD or (found.about == KNOWN_AFTER_TRAIN and found.model not in trained):
            continue  # what a training has not given waits for nobody
        held = _known(found, trained[found.model]) if found.about == KNOWN_AFTER_TRAIN else found
        about = held.message if held.reason is HeldReason.GATE_FAILED else held.about
        words = f"{held.reason}: {held.message}"
        for model in _concerned(held):
            yield Notice(_TOLD[held.reason], model, held.environment, words, (about,) if about else ())


def _trained(outcomes: Sequence[Outcome]) -> Mapping[str, str]:
    """Model → the version that a training of this run gave."""
    done = (outcome for outcome in outcomes if outcome.status == "done" and outcome.version)
    return {outcome.action.model: outcome.version for outcome in done if outcome.action.action in _GIVES}


def _known(held: Held, version: str) -> Held:
    """What was planned for a version that was not known yet, once it is."""
    hint = f"mlspec promote {held.model} {version} --to {held.environment}"
    words = held.message.replace("the new version", version, 1)
    return replace(held, message=f"{words}: {hint}", about=version)


def _concerned(step: Action | Held) -> Sequence[str]:
    """The models of whose owners somebody should hear: what is about a source is about all that read it."""
    return (step.model,) if step.model else step.readers


def _taken_back(plan: Plan) -> Iterator[Notice]:
    """A new version that did not keep what is promised of it: also where the way back succeeds, something failed."""
    for action in plan.actions:
        for reason in action.because:
            if reason.kind is ReasonKind.SLO_BREACHED:
                words = f"{reason.kind}: {reason.subject}; {reason.old} -> {reason.new}"
                yield Notice(Condition.FAILED, action.model, action.environment, words)


def _ended(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Notice]:
    """What failed, or was held, in this very run; what only followed from a training is told with that."""
    trained = _trained(outcomes)
    untrained = {each.action.model for each in outcomes if each.action.action is _TRAIN and each.status != "done"}
    for outcome in outcomes:
        action = outcome.action
        if outcome.status not in {"failed", "held"} or not outcome.detail:
            continue
        if action.action is not _TRAIN and action.model in untrained:
            continue
        version = trained.get(action.model, "") if action.version == KNOWN_AFTER_TRAIN else action.version
        words = f"{action.action} {action.source or outcome.version or version}".strip()
        condition = Condition.FAILED if outcome.status == "failed" else Condition.HELD
        about = _about(plan, outcome)
        for model in _concerned(action):
            yield Notice(condition, model, action.environment, f"{words}: {_said(outcome)}", about)


def _about(plan: Plan, outcome: Outcome) -> tuple[str, ...]:
    """As what the next plans hold is about: of a training the revision at which it crashed, or the gates' words."""
    if outcome.action.action is not _TRAIN:
        return ()
    return (plan.revision if outcome.status == "failed" else outcome.detail,)


def _said(outcome: Outcome) -> str:
    """What came of it, with the last words of what failed."""
    last = outcome.lines[-1].strip() if outcome.status == "failed" and outcome.lines else ""
    return f"{outcome.detail}: {last}" if last and last not in outcome.detail else outcome.detail


def _stale(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Notice]:
    """Data that is older than its spec allows, and could not be fetched anew in this run."""
    done = {outcome.action.id for outcome in outcomes if outcome.status == "done"}
    for action in plan.actions:
        old = [reason.subject for reason in action.because if reason.kind is ReasonKind.SOURCE_STALE]
        if old and action.id not in done:
            for model in _concerned(action):
                yield Notice(Condition.STALE, model, "", f"{', '.join(old)} is older than it may be")
