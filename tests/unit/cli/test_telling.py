"""Which conditions a run may call over: those of the part that it looked at."""

from __future__ import annotations

import pytest

from mlspec.cli.applying import Options
from mlspec.cli.telling import looked_at
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason

NOTHING = Plan("head", "base")
TRAINING = Plan(
    "head",
    "base",
    (
        Action(ActionKind.REFRESH, source="prices", readers=("flats",)),
        Action(ActionKind.TRAIN, "wine", version=KNOWN_AFTER_TRAIN),
        Action(ActionKind.DEPLOY, "beer", "staging", "v0.1.0"),
    ),
)
KEYS = ("held", "failed:staging", "held:production")


def options(only: str = "", environment: str = "") -> Options:
    return Options(environment=environment, push=False, only=only, jobs=1, json="")


@pytest.mark.parametrize(
    ("only", "environment", "covered"),
    [
        ("", "", KEYS),
        ("train", "", ("held",)),
        ("deploy", "staging", ("held", "failed:staging")),
        ("deploy", "", KEYS),
        ("", "production", ("held", "held:production")),
        ("publish", "", ("held",)),
    ],
)
def test_a_part_ends_what_it_looked_at(only: str, environment: str, covered: tuple[str, ...]) -> None:
    over = looked_at(NOTHING, options(only, environment))
    assert tuple(key for key in KEYS if over("wine", key)) == covered


def test_what_waits_for_a_training_is_over_by_that_alone() -> None:
    deploying, training = looked_at(TRAINING, options("deploy", "staging")), looked_at(TRAINING, options("train"))
    assert [name for name in ("beer", "flats", "wine") if deploying(name, "failed")] == ["beer"]
    assert [name for name in ("beer", "flats", "wine") if training(name, "failed")] == ["beer", "flats", "wine"]
    assert deploying("beer", "held:staging")
    # What it waits for there, nobody knows before it is trained; of its traffic somebody does.
    assert not deploying("wine", "held:staging")
    assert deploying("wine", "drift:staging")
    done = (Outcome(TRAINING.actions[1], "done", version="v0.2.0"),)
    assert looked_at(TRAINING, options(), (), done)("wine", "held:staging")


@pytest.mark.parametrize(
    ("reason", "over"),
    [(HeldReason.SUSPENDED, ("drift:production",)), (HeldReason.TRAINING_FAILED, ("held", "drift:production"))],
)
def test_what_a_pause_hides_is_not_over(reason: HeldReason, over: tuple[str, ...]) -> None:
    covered = looked_at(Plan("head", "base", held=(Held("wine", "", reason, "a pause"),)), options())
    keys = ("held", "held:production", "failed:production", "drift:production")
    assert tuple(key for key in keys if covered("wine", key)) == over
    assert all(covered("beer", key) for key in keys)


def test_a_run_of_some_models_ends_nothing_of_others() -> None:
    over = looked_at(NOTHING, options(), ("wine",))
    assert [name for name in ("beer", "wine") if over(name, "held")] == ["wine"]
