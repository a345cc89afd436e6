"""Which conditions a run may call over: those of the part that it looked at."""

from __future__ import annotations

import pytest

from mlspec.cli.applying import Options
from mlspec.cli.telling import looked_at
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Action, ActionKind, Plan

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
    assert deploying("wine", "held:staging")


def test_a_run_of_some_models_ends_nothing_of_others() -> None:
    over = looked_at(NOTHING, options(), ("wine",))
    assert [name for name in ("beer", "wine") if over(name, "held")] == ["wine"]
