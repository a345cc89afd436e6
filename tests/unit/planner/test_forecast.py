"""How long a training will take: the middle of those that were, and how sure that is."""

from __future__ import annotations

import pytest
from fakes.wanted import SPEC, actual, history, model, plan, record, wanted

from mlspec.domain.actual import Training
from mlspec.domain.forecast import Forecast
from mlspec.domain.plan import Action, ActionKind
from mlspec.planner.forecast import forecast, over_budget, overruns, total


def trainings(*seconds: float, train: bool = True) -> list[Training]:
    return [
        Training("v0.1.0", "d", 0.0, each, stages={"train": each / 2} if train else {"evaluate": 1.0})
        for each in seconds
    ]


def action(name: str, *seconds: float) -> Action:
    return Action(ActionKind.TRAIN, name, forecast=forecast(trainings(*seconds)))


def test_a_budget_is_for_all_trainings_of_a_plan_together() -> None:
    actions = [action("a", 60.0), action("b", 120.0), action("new"), Action(ActionKind.DEPLOY, "a")]
    assert list(over_budget(actions, None)) == []
    assert list(over_budget(actions, 180.0)) == []
    words = "the trainings take about 3m together by their history (b 2m, a 1m), and the project's budget is 2m 59s"
    assert list(over_budget(actions, 179.0)) == [words]
    many = [action(f"m{number}", 1.0) for number in range(7)]
    (told,) = over_budget(many, 1.0)
    assert "m2 1s and 2 more)" in told


def test_without_a_history_nothing_is_said() -> None:
    assert forecast([]) is None
    assert forecast(trainings(1.0, 2.0, train=False)) is None
    assert total([action("a")], 1) is None


def test_one_training_tells_no_interval() -> None:
    assert forecast(trainings(12.0)) == Forecast(12.0, None, None, 1, 6.0)


def test_a_few_trainings_tell_their_middle_and_their_ends() -> None:
    assert forecast(trainings(9.0, 12.0, 10.0)) == Forecast(10.0, 9.0, 12.0, 3, 5.0)
    assert forecast(trainings(9.0, 12.0)) == Forecast(10.5, 9.0, 12.0, 2, 5.25)


def test_of_many_trainings_one_that_was_disturbed_counts_little() -> None:
    found = forecast(trainings(*[10.0] * 9, 5000.0))
    assert found == Forecast(10.0, 10.0, 10.0, 10, 5.0)


def test_old_trainings_are_forgotten() -> None:
    assert forecast(trainings(*[100.0] * 30, *[10.0] * 20)) == Forecast(10.0, 10.0, 10.0, 20, 5.0)


def test_a_training_whose_time_died_with_its_run_tells_nothing() -> None:
    assert forecast([Training("v0.1.0", "d", 0.0, 0.0)]) is None


def test_jobs_share_the_trainings_of_a_plan() -> None:
    actions = [action("a", 10.0, 20.0), action("b", 10.0), action("c", 5.0), action("d")]
    one, two = total(actions, 1), total(actions, 2)
    assert one is not None
    assert two is not None
    assert (one.seconds, one.low, one.high, one.unknown) == (30.0, 25.0, 35.0, 1)
    assert (two.seconds, two.low, two.high, two.jobs) == (15.0, 15.0, 20.0, 2)


def test_what_fits_nothing_is_not_told_to_take_a_training_s_time() -> None:
    """Another rule, with a training of two minutes in the history and a budget of one."""
    spec = SPEC.replace("  target:", "  compute: {budget: 1m}\n  target:")
    ruled = spec.replace("training:", "  validation: {rows: {min: 1}}\ntraining:")
    known = history(record(model(spec)), stages={"production": "v0.1.0"}, trainings=tuple(trainings(120.0)))
    made = plan(wanted(ruled), actual(known))
    assert [why.kind for why in made.actions[0].because] == ["EvaluationChanged"]
    assert (made.actions[0].forecast, made.warnings) == (None, ())
    assert plan(wanted(spec.replace("max_depth: 8", "max_depth: 9")), actual(known)).warnings
    found = total([action("a", 10.0), made.actions[0]], 1)
    assert found is not None
    assert found.unknown == 0


@pytest.mark.parametrize(
    ("compute", "told"),
    [
        ("timeout: 1m", ["train wine takes about 1m 15s by its history, and training.compute.timeout is 1m"]),
        ("budget: 2m", ["train wine takes about 2m 30s by its history, and training.compute.budget is 2m"]),
        ("timeout: 2m, budget: 3m", []),
    ],
)
def test_what_will_take_too_long_is_told(compute: str, told: list[str]) -> None:
    spec = SPEC.replace("  target:", f"  compute: {{{compute}}}\n  target:")
    found = forecast(trainings(150.0))
    assert found is not None
    assert list(overruns(model(spec).blueprint, found)) == [f"{words} (specs/wine.yaml:11)" for words in told]
