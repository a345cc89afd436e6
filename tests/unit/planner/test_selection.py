"""Plans of some models or one environment."""

from __future__ import annotations

import pytest
from fakes.wanted import FILES, PROJECT, SPEC, actual, history, model, plan, record, running, shown, wanted

from mlspec.errors import MlspecError

CIDER = SPEC.replace("name: wine\ndesc", "name: cider\ndesc")
CHAIN = SPEC.replace("  production:\n    replicas: 1\n", "  production: {from: staging}\n  staging: {}\n")


def test_models_are_planned_each_by_itself() -> None:
    made = plan(wanted(SPEC, CIDER), actual())
    assert len({action.id for action in made.actions}) == len(made.actions) == 8
    assert shown(plan(wanted(SPEC, CIDER), actual(), models=("cider",))) == [
        *("train:cider", "register:cider", "promote:cider:production", "deploy:cider:production"),
    ]


def test_one_environment() -> None:
    spec = SPEC + "  staging: {}\n"
    made = plan(wanted(spec, project=PROJECT), actual(), environment="staging")
    assert shown(made) == ["train:wine", "register:wine", "promote:wine:staging", "deploy:wine:staging"]


def test_an_environment_that_is_left_out_is_waited_for() -> None:
    """`--env production` must not overtake staging, and nothing may depend on a step that is not in the plan."""
    made = plan(wanted(CHAIN, project=PROJECT), actual(), environment="production")
    assert shown(made) == ["train:wine", "register:wine", "(WaitingForEnvironment:production)"]
    now = model(CHAIN, project=PROJECT)
    known = history(record(now), stages={"staging": "v0.1.0"})
    done = actual(known, running=[running(now, environment="staging")])
    made = plan(wanted(CHAIN, project=PROJECT), done, environment="production")
    assert shown(made) == ["promote:wine:production", "deploy:wine:production"]


def test_unknown_names_are_refused_and_known_ones_listed() -> None:
    with pytest.raises(MlspecError, match="no spec has the model `whine`") as caught:
        plan(wanted(SPEC, CIDER), actual(), models=("wine", "whine"))
    assert caught.value.hint == "did you mean `wine`? there are: cider, wine"
    with pytest.raises(MlspecError, match="no environment `prod`") as caught:
        plan(wanted(), actual(), environment="prod")
    assert caught.value.hint == "there are: production"


def test_a_model_that_is_not_chosen_cannot_stand_in_the_way() -> None:
    broken = CIDER.replace("data/wine.csv", "data/cider.csv")
    assert shown(plan(wanted(SPEC, broken, files=FILES), actual(), models=("wine",)))[0] == "train:wine"


def test_a_gate_against_a_version_that_is_not_there_is_found_by_the_plan() -> None:
    """But not where nothing is to be trained, or somebody goes back: then the gate judges nothing."""
    against = SPEC.replace("accuracy, min: 0.8", "accuracy, against: v9.0.0, max_drop: 0.1")
    words = "specs/wine.yaml:18: a gate compares with v9.0.0, and wine has no such version"
    with pytest.raises(MlspecError) as found:
        plan(wanted(against), actual(history(record(model()))))
    assert str(found.value) == f"{words} (registered are: v0.1.0)"
    known = actual(history(record(model(against)), stages={"production": "v0.1.0"}), running=[running(model(against))])
    assert shown(plan(wanted(against), known)) == []
