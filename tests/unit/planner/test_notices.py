"""Plans and outcomes as conditions: each is told to those whom it concerns."""

from __future__ import annotations

from mlspec.domain.notice import Condition, Notice
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.planner.notices import notices

OLD = Action(
    ActionKind.REFRESH,
    because=(Reason(ReasonKind.SOURCE_STALE, "prices"),),
    source="prices",
    readers=("flats", "houses"),
)


def found(*steps: Action | Held, outcomes: tuple[Outcome, ...] = ()) -> list[tuple[Condition, str, str]]:
    actions = tuple(step for step in steps if isinstance(step, Action))
    made = Plan("head", "base", actions, tuple(step for step in steps if isinstance(step, Held)))
    return [(notice.condition, notice.model, notice.environment) for notice in notices(made, outcomes, {})]


def test_what_is_about_a_source_is_told_of_all_that_read_it() -> None:
    unseen = Held("", "", HeldReason.NOT_OBSERVED, "no answer", "prices", ("flats", "houses"))
    assert found(unseen) == [(Condition.HELD, "flats", ""), (Condition.HELD, "houses", "")]
    assert found(OLD) == [(Condition.STALE, "flats", ""), (Condition.STALE, "houses", "")]
    assert found(OLD, outcomes=(Outcome(OLD, "done"),)) == []


def test_a_refresh_that_failed_names_the_source() -> None:
    failed = Outcome(OLD, "failed", detail="no answer")
    told = notices(Plan("head", "base", (OLD,)), (failed,), {})
    assert told[0] == Notice(Condition.FAILED, "flats", "", "refresh prices: no answer")
    assert {notice.model for notice in told} == {"flats", "houses"}
