"""When a model is trained again: changes and events, a cooldown, crashes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from fakes.wanted import GATES, SPEC, actual, history, model, plan, record, running, shown, wanted

from mlspec.domain.actual import Actual, ModelHistory, Place, Training
from mlspec.domain.drift import DriftReport, Finding, State
from mlspec.domain.plan import Plan
from mlspec.domain.retrain import Crash
from mlspec.planner.judge import failure_key
from mlspec.planner.pauses import pause
from mlspec.planner.plan import Selection, make_plan
from mlspec.spec.retrain import RetrainSpec

DAY = 86400.0
PLACE = Place("production", "wine")
NEW_DATA = {"data/wine.csv": "alcohol,cultivar\n13,2\n"}
TRAIN = ["train:wine", "register:wine", "promote:wine:production", "deploy:wine:production"]


def spec(retrain: str) -> str:
    return f"{SPEC}retrain: {retrain}\n"


def known(trained: float = 1000.0, **facts: Any) -> ModelHistory:
    """v0.1.0 runs; it was trained at that time."""
    made = record(model())
    trainings = (Training("v0.1.0", made.train, trained, 10.0),)
    return history(made, stages={"production": "v0.1.0"}, **{"trainings": trainings, "tried": trained, **facts})


def at(now: float, retrain: str, past: ModelHistory | None = None, **options: Any) -> Plan:
    """The plan at some time."""
    facts = {name: options.pop(name) for name in ("drift", "head") if name in options}
    seen = actual(past or known(), running=[running(model())], now=now, **facts)
    return plan(wanted(spec(retrain), **options), seen)


def drifted(**changes: Any) -> dict[Place, DriftReport]:
    finding = Finding("alcohol", "psi", State.DRIFT, 0.4, 0.2, 1000)
    return {PLACE: DriftReport("v0.1.0", 1000, **({"findings": (finding,)} | changes))}


@pytest.mark.parametrize(
    ("retrain", "now", "kind"),
    [
        ("{max_age: 30d}", 1000 + 30 * DAY - 1, ""),
        ("{max_age: 30d}", 1000 + 30 * DAY, "AgePassed"),
        ("{schedule: 0 3 * * *}", 3 * 3600 - 1, ""),
        ("{schedule: 0 3 * * *}", 3 * 3600, "ScheduleDue"),
        ("{schedule: 0 3 * * *}", 9 * DAY, "ScheduleDue"),
    ],
)
def test_time_trains_again(retrain: str, now: float, kind: str) -> None:
    made = at(now, retrain)
    assert shown(made) == (TRAIN if kind else [])
    assert [reason.kind for action in made.actions[:1] for reason in action.because] == ([kind] if kind else [])


def test_a_repetition_restarts_the_clock() -> None:
    made = record(model())
    twice = known(trainings=(Training("v0.1.0", made.train, 0.0, 1.0), Training("v0.1.0", made.train, 5 * DAY, 1.0)))
    assert shown(at(8 * DAY, "{max_age: 7d}", twice)) == []
    assert shown(at(12 * DAY, "{max_age: 7d}", twice)) == TRAIN


def test_where_no_chain_says_when_it_was_trained_it_is_too_old() -> None:
    made = at(40 * DAY, "{max_age: 30d}", known(trainings=(), tried=0.0))
    assert [(reason.kind, reason.old) for reason in made.actions[0].because] == [("AgePassed", None)]


def test_the_same_is_not_trained_again_for_its_age_once_it_failed_its_gates() -> None:
    past = known(failed={failure_key(model(), {}): "accuracy: measured 0.7"})
    made = at(40 * DAY, "{max_age: 30d}", past)
    assert shown(made) == ["(GateFailed:)"]


@pytest.mark.parametrize(
    ("when", "steps"),
    [("[data]", TRAIN), ("[code, params]", ["(NotAutomatic:)"]), ("[]", ["(NotAutomatic:)"])],
)
def test_only_what_the_spec_names_trains_by_itself(when: str, steps: list[str]) -> None:
    assert shown(at(2000, f"{{when: {when}}}", files=NEW_DATA)) == steps


def test_what_is_left_out_is_said_with_its_line() -> None:
    (held,) = at(2000, "{when: [code]}", files=NEW_DATA).held
    assert held.message == (
        "data/wine.csv changed, and `retrain.when` leaves out data (specs/wine.yaml:22); "
        "to train it now: mlspec apply wine --retrain"
    )


def test_a_first_training_and_a_change_of_the_spec_always_train() -> None:
    assert shown(plan(wanted(spec("{when: []}")), actual())) == TRAIN
    changed = spec("{when: []}").replace("RandomForest", "ExtraTrees")
    made = plan(wanted(changed), actual(known(), running=[running(model())]))
    assert made.actions[0].because[0].kind == "SpecChanged"


@pytest.mark.parametrize(
    ("now", "files", "steps"),
    [
        (1000 + DAY - 1, NEW_DATA, ["(Cooldown:)"]),
        (1000 + DAY, NEW_DATA, TRAIN),
    ],
)
def test_new_data_waits_for_the_cooldown(now: float, files: dict[str, str], steps: list[str]) -> None:
    assert shown(at(now, "{cooldown: 24h}", files=files)) == steps


def test_a_failed_training_counts_for_the_cooldown() -> None:
    past = known(tried=1000 + DAY)
    assert shown(at(1000 + DAY, "{cooldown: 24h}", past, files=NEW_DATA)) == ["(Cooldown:)"]


def test_a_person_s_commit_does_not_wait() -> None:
    changed = spec("{cooldown: 24h}").replace("max_depth: 8", "max_depth: 9")
    made = plan(wanted(changed, files=NEW_DATA), actual(known(), running=[running(model())], now=1001.0))
    assert shown(made) == TRAIN


def test_age_waits_for_the_cooldown_and_holds_nothing_else_up() -> None:
    past = known(tried=39 * DAY)
    made = at(39 * DAY, "{max_age: 30d, cooldown: 24h}", past)
    assert shown(made) == ["(Cooldown:)"]
    assert shown(plan(wanted(spec("{max_age: 30d, cooldown: 24h}")), actual(past, now=39 * DAY))) == [
        "deploy:wine:production",
        "(Cooldown:)",
    ]


def crashed(count: int, **changes: Any) -> ModelHistory:
    fingerprint = model(files=NEW_DATA).train
    return known(crash=replace(Crash(fingerprint, "c0ffee", count, 5000.0, "no space"), **changes))


@pytest.mark.parametrize(
    ("count", "now", "steps"),
    [
        (1, 5059, ["(TrainingFailed:)"]),
        (1, 5075, TRAIN),
        (2, 5119, ["(TrainingFailed:)"]),
        (2, 5150, TRAIN),
        (3, 9e9, ["(TrainingFailed:)"]),
    ],
)
def test_a_crash_is_tried_again_after_a_pause_and_given_up_in_the_end(count: int, now: float, steps: list[str]) -> None:
    assert shown(at(now, "{max_failures: 3}", crashed(count), head="c0ffee", files=NEW_DATA)) == steps


@pytest.mark.parametrize(
    ("count", "limit", "words"),
    [
        (1, "", "once: no space; it is tried again from 1970-01-02 01:23Z"),
        (2, "", "2 times: no space; it is tried again from 1970-01-02 01:23Z"),
        (1, ", max_failures: 3", "1 of 3 times: no space; it is tried again from 1970-01-02 01:23Z"),
        (3, ", max_failures: 3", "3 of 3 times: no space; mend it"),
    ],
)
@pytest.mark.parametrize("now", [5030, 5000 + DAY - 1])
def test_a_crash_stays_one_while_the_cooldown_lasts(count: int, limit: str, words: str, now: float) -> None:
    past = replace(crashed(count), tried=5000.0)
    (held,) = at(now, f"{{cooldown: 24h{limit}}}", past, files=NEW_DATA, head="c0ffee").held
    assert (held.reason, held.message.startswith(f"training failed {words}")) == ("TrainingFailed", True)


def test_after_the_cooldown_a_crash_is_tried_again() -> None:
    past = replace(crashed(1), tried=5000.0)
    assert shown(at(5000 + DAY, "{cooldown: 24h}", past, files=NEW_DATA, head="c0ffee")) == TRAIN
    assert shown(at(5030, "{cooldown: 24h}", past, files=NEW_DATA, head="another")) == ["(Cooldown:)"]


@pytest.mark.parametrize("change", [{"revision": "another"}, {"train": "another"}])
def test_a_new_revision_or_fingerprint_begins_anew(change: dict[str, str]) -> None:
    assert shown(at(5001, "{max_failures: 3}", crashed(3, **change), head="c0ffee", files=NEW_DATA)) == TRAIN


def test_without_a_limit_each_run_tries_again() -> None:
    assert shown(at(5001, "{}", crashed(3), head="c0ffee", files=NEW_DATA)) == TRAIN


def test_pauses_grow_are_spread_and_end() -> None:
    pauses = [pause(Crash("a", "", count, 0.0, "")) for count in range(1, 12)]
    assert all(first < second for first, second in pairwise(pauses[:6]))
    assert 3600 <= pauses[-1] <= 4500
    assert len({pause(Crash(name, "", 1, 0.0, "")) for name in "abc"}) == 3


@pytest.mark.parametrize("trigger", ["drift", "performance"])
def test_drift_without_new_data_is_held_and_with_it_trains(trigger: str) -> None:
    reports = drifted() if trigger == "drift" else drifted(performance=drifted()[PLACE].findings, findings=())
    desired = wanted(spec("{when: [code]}"))
    fresh = wanted(spec("{when: [code]}"), files=NEW_DATA)

    def planned(of: Any, drift: dict[Place, DriftReport]) -> Plan:
        (made,) = of.models
        assert made.blueprint.retrain is not None
        careful = replace(made.blueprint.retrain, when=(trigger,))
        of = replace(of, models=(replace(made, blueprint=replace(made.blueprint, retrain=careful)),))
        return make_plan(of, actual(known(), running=[running(model())], drift=drift, now=2000.0), GATES)

    assert shown(planned(desired, {})) == []
    made = planned(desired, reports)
    assert shown(made) == ["(NoNewData:)"]
    assert made.held[0].message.startswith(f"{trigger}: alcohol, but there is nothing new to learn from")
    assert shown(planned(fresh, {})) == ["(NotAutomatic:)"]
    assert shown(planned(fresh, reports)) == TRAIN


def test_a_person_trains_it_now_whatever_holds_it_back() -> None:
    def asked(world: Actual) -> Plan:
        return make_plan(wanted(spec("{when: [], cooldown: 9d}")), world, GATES, Selection(("wine",), "", "by ada"))

    made = asked(actual(known(), running=[running(model())], now=1001.0))
    assert shown(made) == TRAIN
    assert [(reason.kind, reason.subject) for reason in made.actions[0].because] == [("Requested", "by ada")]
    failed = known(failed={failure_key(model(), {}): "accuracy"})
    assert asked(actual(failed, now=1001.0)).actions[0].id == "train:wine"


def test_a_suspended_model_is_not_trained_for_its_age() -> None:
    assert shown(at(40 * DAY, "{max_age: 30d}", known(suspended="by ada"))) == ["(Suspended:)"]


def test_all_inputs_train_where_the_spec_names_none() -> None:
    assert RetrainSpec().when == ("data", "code", "params", "environment")
