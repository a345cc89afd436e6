"""Plan, outcomes and reports → the conditions that hold now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mlspec.domain.actual import Place
from mlspec.domain.drift import DriftReport, Finding, State
from mlspec.domain.notice import Condition, Notice
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, Held, Plan
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


def notices(plan: Plan, outcomes: Sequence[Outcome], reports: Mapping[Place, DriftReport]) -> tuple[Notice, ...]:
    """Each condition of each place once, with all that is to be said of it."""
    found: dict[tuple[str, str], Notice] = {}
    for notice in (
        *_held(plan),
        *_taken_back(plan),
        *_ended(outcomes),
        *_stale(plan, outcomes),
        *watched_notices(reports),
    ):
        before = found.get((notice.model, notice.key))
        if before is None:
            found[notice.model, notice.key] = notice
        elif notice.message not in before.message:
            text = f"{before.message}\n{notice.message}"
            found[notice.model, notice.key] = Notice(notice.condition, notice.model, notice.environment, text)
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


def _held(plan: Plan) -> Iterator[Notice]:
    for held in plan.held:
        if held.reason in _TOLD:
            for model in _concerned(held):
                yield Notice(_TOLD[held.reason], model, held.environment, f"{held.reason}: {held.message}")


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


def _ended(outcomes: Sequence[Outcome]) -> Iterator[Notice]:
    """What failed, or was held, in this very run."""
    for outcome in outcomes:
        action = outcome.action
        if outcome.status in {"failed", "held"} and outcome.detail:
            condition = Condition.FAILED if outcome.status == "failed" else Condition.HELD
            words = f"{action.action} {action.source or outcome.version or action.version}".strip()
            for model in _concerned(action):
                yield Notice(condition, model, action.environment, f"{words}: {outcome.detail}")


def _stale(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Notice]:
    """Data that is older than its spec allows, and could not be fetched anew in this run."""
    done = {outcome.action.id for outcome in outcomes if outcome.status == "done"}
    for action in plan.actions:
        old = [reason.subject for reason in action.because if reason.kind is ReasonKind.SOURCE_STALE]
        if old and action.id not in done:
            for model in _concerned(action):
                yield Notice(Condition.STALE, model, "", f"{', '.join(old)} is older than it may be")
