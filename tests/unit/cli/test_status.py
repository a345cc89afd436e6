"""What `status` says besides its table."""

from __future__ import annotations

from mlspec.cli.verbs.status import leaks, planned, unwanted
from mlspec.domain.plan import Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.status import ModelStatus


def test_what_runs_without_a_spec_is_said() -> None:
    left = Held("churn", "production", HeldReason.SPEC_REMOVED, "v0.1.0 still runs")
    gate = Held("fraud", "", HeldReason.GATE_FAILED, "recall")
    assert unwanted(Plan("head", "base", held=(left, gate))) == ["churn → production: v0.1.0 still runs"]


def test_a_version_into_which_something_leaked_is_named() -> None:
    sound, leaky = (
        ModelStatus("wine", "v0.1.0", ()),
        ModelStatus("churn", "v0.2.0", (), leakage={"groups": 3, "times": 1}),
    )
    assert leaks([sound, leaky]) == ["churn: leakage in v0.2.0, so that metrics may flatter: groups 3, times 1"]


def test_a_reason_is_in_the_plans_words_and_a_training_comes_before_its_files() -> None:
    missing = Reason(ReasonKind.FILE_MISSING, "models/fraud/Dockerfile", where="specs/fraud.yaml:3")
    never = Reason(ReasonKind.NEVER_TRAINED, "fraud", where="specs/fraud.yaml:3")
    actions = (
        Action(ActionKind.COMPILE, "fraud", because=(missing,)),
        Action(ActionKind.TRAIN, "fraud", because=(never,)),
    )
    assert planned(Plan("head", "base", actions)) == {("fraud", ""): "train: never trained (specs/fraud.yaml:3)"}
    gate = Held("fraud", "", HeldReason.GATE_FAILED, "recall")
    assert planned(Plan("head", "base", actions, (gate,))) == {}
