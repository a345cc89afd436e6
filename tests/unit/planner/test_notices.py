"""Plans and outcomes as conditions: each is told to those whom it concerns."""

from __future__ import annotations

from mlspec.domain.notice import Condition, Notice
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held, Plan
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


TRAIN = Action(ActionKind.TRAIN, "wine", version=KNOWN_AFTER_TRAIN)
WAITS = Held(
    "wine",
    "production",
    HeldReason.WAITING_FOR_APPROVAL,
    "the new version waits for a person to promote it",
    about=KNOWN_AFTER_TRAIN,
)


def test_what_waits_for_a_person_is_named_with_the_command_once_it_is_known() -> None:
    plan = Plan("head", "base", (TRAIN,), (WAITS,))
    (notice,) = notices(plan, (Outcome(TRAIN, "done", version="v0.2.0"),), {})
    assert notice.about == ("v0.2.0",)
    assert notice.message == (
        "WaitingForApproval: v0.2.0 waits for a person to promote it: mlspec promote wine v0.2.0 --to production"
    )
    assert notices(plan, (), {}) == ()


def test_a_training_is_told_once_and_not_what_only_followed_from_it() -> None:
    compiled = Action(ActionKind.COMPILE, "wine")
    registered = Action(ActionKind.REGISTER, "wine", version=KNOWN_AFTER_TRAIN)
    outcomes = (
        Outcome(compiled, "held", "put back, as train wine is held"),
        Outcome(TRAIN, "held", "accuracy 0.56 is below 0.8"),
        Outcome(registered, "held", "train wine is held"),
    )
    (notice,) = notices(Plan("head", "base", (compiled, TRAIN, registered), (WAITS,)), outcomes, {})
    assert notice.message == "train: accuracy 0.56 is below 0.8"
    next_time = Held("wine", "", HeldReason.GATE_FAILED, "accuracy 0.56 is below 0.8")
    (again,) = notices(Plan("other", "base", (), (next_time,)), (), {})
    assert again.about == notice.about


def test_a_crash_is_told_with_its_last_words_and_by_its_revision() -> None:
    failed = Outcome(TRAIN, "failed", "stage train failed with exit code 1", lines=("Traceback", "ValueError: boom"))
    (notice,) = notices(Plan("head", "base", (TRAIN,)), (failed,), {})
    assert notice.message == "train: stage train failed with exit code 1: ValueError: boom"
    pause = Held("wine", "", HeldReason.TRAINING_FAILED, "it is tried again from 12:00", about="head")
    (again,) = notices(Plan("head", "base", (), (pause,)), (), {})
    assert again.about == notice.about == ("head",)


def test_a_step_after_training_is_told_with_the_version_that_it_gave() -> None:
    replay = Action(ActionKind.REPLAY, "wine", "production", KNOWN_AFTER_TRAIN)
    outcomes = (Outcome(TRAIN, "done", version="v0.2.0"), Outcome(replay, "held", "21 of 200 answers changed"))
    (notice,) = notices(Plan("head", "base", (TRAIN, replay)), outcomes, {})
    assert notice.message == "replay v0.2.0: 21 of 200 answers changed"
