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


def test_what_was_taken_back_has_failed_for_as_long_as_it_stays_out() -> None:
    figures = "9 of 30 answers of v0.2.0 failed (30.0%), 1.0% are allowed"
    because = Reason(ReasonKind.SLO_BREACHED, figures, "v0.2.0", "v0.1.0")
    back = Action(ActionKind.ROLLBACK, "wine", "production", "v0.1.0", (because,))
    asked = Action(ActionKind.ROLLBACK, "wine", "production", "v0.1.0", (Reason(ReasonKind.REQUESTED, "ada"),))
    (notice,) = notices(Plan("head", "base", (back,)), (Outcome(back, "done"),), {})
    assert notice.key == "failed:production"
    assert notice.message == f"SloBreached: {figures}; v0.2.0 -> v0.1.0"
    assert found(asked, outcomes=(Outcome(asked, "done"),)) == []
    out = Held("wine", "production", HeldReason.ROLLED_BACK, f"v0.2.0 was rolled back to v0.1.0, {figures}")
    assert found(out) == [(Condition.FAILED, "wine", "production")]
