"""Data of the repository that grows old: told of by git's dates, and trained on unless the spec says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import SPEC, actual, history, plan, record, running, wanted

from mlspec.domain.notice import Condition
from mlspec.domain.plan import Plan
from mlspec.domain.sources import SourceLook
from mlspec.planner.notices import notices

DAY = 86400.0
NOW = 100 * DAY
PATH = "data/wine.csv"
WEEKLY = SPEC.replace("path: data/wine.csv}", "path: data/wine.csv, freshness: 7d}")
STRICT = WEEKLY.replace("freshness: 7d}", "freshness: 7d, stale: fail}")
DEEPER = ("max_depth: 8", "max_depth: 9")


def planned(spec: str, changed: float | None = None, *, known: bool = True, was: str = SPEC) -> Plan:
    """The plan for a model that was trained as `was` says, and runs; its data changed at a time."""
    desired, before = wanted(spec), wanted(was).models[0]
    trained = history(record(before), stages={"production": "v0.1.0"})
    look = SourceLook(changed={PATH: changed} if known else {})
    return plan(desired, actual(trained, running=[running(before)], sources=look, now=NOW))


def held(made: Plan) -> list[tuple[str, str, str]]:
    """What is held, without its words."""
    return [(item.model, item.source, str(item.reason)) for item in made.held]


def test_old_data_is_told_once_and_nothing_is_done() -> None:
    made = planned(WEEKLY, NOW - 8 * DAY)
    assert made.actions == ()
    assert held(made) == [("", "wine", "StaleData")]
    words = "data/wine.csv was changed last on 1970-04-03 00:00Z, and may be 7d old (specs/wine.yaml:8)"
    assert made.held[0].message == words


@pytest.mark.parametrize("spec", [WEEKLY, STRICT])
def test_young_data_and_a_change_that_is_not_committed_are_fine(spec: str) -> None:
    assert planned(spec, NOW - 7 * DAY).held == ()
    assert planned(spec, known=False).held == ()


def test_without_freshness_no_age_is_too_old() -> None:
    assert planned(SPEC, 0.0).held == ()


def test_what_a_shallow_clone_does_not_tell_is_unknown() -> None:
    made = planned(WEEKLY, None)
    assert (made.actions, held(made)) == ((), [("", "wine", "NotObserved")])
    assert "git fetch --unshallow" in made.held[0].message


def test_a_training_for_something_else_goes_on_unless_the_spec_forbids_it() -> None:
    warned, refused = (planned(spec.replace(*DEEPER), NOW - 8 * DAY) for spec in (WEEKLY, STRICT))
    assert "train:wine" in [action.id for action in warned.actions]
    assert held(warned) == [("", "wine", "StaleData")]
    assert refused.actions == ()
    assert held(refused) == [("", "wine", "StaleData"), ("wine", "", "StaleData")]


def test_forbidden_means_that_it_has_to_be_known() -> None:
    assert held(planned(STRICT.replace(*DEEPER), None))[1] == ("wine", "", "NotObserved")
    assert "train:wine" in [action.id for action in planned(STRICT.replace(*DEEPER), NOW).actions]


def test_what_runs_is_deployed_again_whatever_the_age_of_its_data() -> None:
    before = wanted(STRICT).models[0]
    trained = history(record(before), stages={"production": "v0.1.0"})
    look = SourceLook(changed={PATH: 0.0})
    made = plan(wanted(STRICT), actual(trained, sources=look, now=NOW))
    assert [action.id for action in made.actions] == ["deploy:wine:production"]


def test_two_models_that_say_the_same_of_a_file_are_told_of_once() -> None:
    beer = WEEKLY.replace("name: wine\n", "name: beer\n")
    ale = STRICT.replace("name: wine\n", "name: ale\n").replace("7d", "9d")
    made = plan(wanted(WEEKLY, beer, ale), actual(sources=SourceLook(changed={PATH: 0.0}), now=NOW))
    assert [item for item in held(made) if not item[0]] == [("", "wine", "StaleData")] * 2
    assert [item[0] for item in held(made) if item[0]] == ["ale"]
    told = {notice.model: notice.message for notice in notices(made, (), {})}
    assert sorted(told) == ["ale", "beer", "wine"]
    assert "may be 9d old" in told["ale"]
    assert "may be 7d old" in told["wine"]


def test_people_hear_of_it_as_of_other_old_data() -> None:
    (notice,) = notices(planned(WEEKLY, 0.0), (), {})
    assert (notice.condition, notice.model) == (Condition.STALE, "wine")
    assert notices(replace(planned(WEEKLY, 0.0), held=()), (), {}) == ()


def test_a_training_that_only_time_asks_for_does_not_hold_back_the_version_that_there_is() -> None:
    spec = STRICT.replace("deploy:\n", "retrain: {max_age: 30d}\ndeploy:\n")
    desired = wanted(spec)
    before = wanted(SPEC).models[0]
    look = SourceLook(changed={PATH: NOW - 8 * DAY})
    made = plan(desired, actual(history(record(before)), sources=look, now=NOW))
    assert [action.id for action in made.actions] == ["promote:wine:production", "deploy:wine:production"]
    assert ("wine", "", "StaleData") in held(made)
