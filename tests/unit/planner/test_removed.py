"""What runs although no spec asks for it: said, or retired where that was agreed to."""

from __future__ import annotations

import pytest
from fakes.wanted import GATES, PROJECT, SPEC, actual, history, model, record, running, shown, wanted

from mlspec.domain.actual import Place
from mlspec.domain.plan import Plan
from mlspec.errors import MlspecError
from mlspec.planner.plan import Selection, make_plan

OTHER = SPEC.replace("name: wine", "name: beer")


def left(prune: int, *, models: tuple[str, ...] = (), environment: str = "", **facts: object) -> Plan:
    """Beer is wanted; wine runs in two environments."""
    seen = [running(model(), place=Place(name, "wine")) for name in ("production", "staging")]
    beer = history(record(model(OTHER)), stages={"production": "v0.1.0"})
    world = actual(beer, running=[*seen, running(model(OTHER))], **facts)
    return make_plan(wanted(OTHER, project=PROJECT), world, GATES, Selection(models, environment, prune=prune))


def test_it_is_held_until_somebody_agrees() -> None:
    assert shown(left(0)) == ["(SpecRemoved:production)", "(SpecRemoved:staging)"]


def test_then_it_is_retired() -> None:
    made = left(2)
    assert shown(made) == ["retire:wine:production", "retire:wine:staging"]
    assert [(why.kind, why.subject) for why in made.actions[0].because] == [("SpecRemoved", "wine → production")]


def test_more_than_was_agreed_to_is_refused_and_named() -> None:
    with pytest.raises(MlspecError, match="2 places would be retired, and 1 at most may be") as refused:
        left(1)
    assert refused.value.details == ("wine → production", "wine → staging")


def test_only_what_was_asked_for_counts() -> None:
    assert shown(left(1, environment="staging")) == ["retire:wine:staging"]
    assert shown(left(1, models=("beer",))) == []


def test_a_topic_branch_retires_nothing() -> None:
    made = left(2, branch="topic", default_branch="main")
    assert shown(made)[-2:] == ["(SpecRemoved:production)", "(SpecRemoved:staging)"]
    assert made.actions == ()
