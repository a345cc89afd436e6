"""What is held back, and that nothing is done there meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.wanted import PROJECT, SPEC, actual, history, model, plan, record, rollout, running, shown, wanted

from mlspec.domain.actual import Place, Unseen

PLACE = Place("production", "wine")
STAGING = Place("staging", "wine")
KNOWN = history(record(model()), stages={"production": "v0.1.0"})
NEW = SPEC.replace("max_depth: 8", "max_depth: 9")
MANUAL = SPEC.replace("replicas: 1", "promote: manual")
CHAIN = SPEC.replace("  production:\n    replicas: 1\n", "  production: {from: staging}\n  staging: {}\n")


@pytest.mark.parametrize("reason", ["TargetNotHere", "NotObserved"])
@pytest.mark.parametrize("spec", [SPEC, NEW, SPEC.replace("replicas: 1", "replicas: 2")])
def test_what_cannot_be_seen_is_never_acted_on(reason: str, spec: str) -> None:
    made = plan(wanted(spec), actual(KNOWN, running=[Unseen(PLACE, reason)]))
    assert [action.id for action in made.actions if action.environment] == []
    assert [(held.environment, held.reason) for held in made.held] == [("production", reason)]


def test_what_cannot_be_seen_is_trusted_where_the_chain_says_it_is_right() -> None:
    world = actual(KNOWN, running=[Unseen(PLACE, "TargetNotHere")], rollouts={PLACE: rollout(model())})
    assert shown(plan(wanted(), world)) == []


def failed(number: int = 1, **changes: object):
    """A world in which v0.2.0 failed to become healthy in production, and was taken back."""
    old, new = model(SPEC), model(NEW)
    known = history(record(old), record(new, "v0.2.0"), stages={"production": "v0.1.0"})
    known = replace(known, numbers={"production": number})
    gone = rollout(new, "v0.2.0", outcome="failed", detail="ValueError: no", number=1)
    return actual(known, running=[running(old)], failed={PLACE: replace(gone, **changes)})


def test_a_rollout_that_failed_is_not_tried_again() -> None:
    made = plan(wanted(NEW), failed())
    assert shown(made) == ["(RolloutFailed:production)"]
    assert made.held[0].message == "v0.2.0 never became healthy here: ValueError: no"


def test_a_rollout_that_failed_is_tried_again_with_other_settings() -> None:
    spec = NEW.replace("replicas: 1", "replicas: 2")
    assert shown(plan(wanted(spec), failed())) == ["promote:wine:production", "deploy:wine:production"]


def test_a_rollout_that_failed_is_tried_again_when_a_person_promotes_it_again() -> None:
    world = failed()
    again = replace(world.models["wine"], stages={"production": max(world.models["wine"].versions)})
    assert shown(plan(wanted(NEW), replace(world, models={"wine": again}))) == ["(RolloutFailed:production)"]
    again = replace(again, numbers={"production": 2})
    assert shown(plan(wanted(NEW), replace(world, models={"wine": again}))) == ["deploy:wine:production"]


def test_a_first_rollout_that_failed_is_held_too() -> None:
    last = rollout(model(), outcome="failed", detail="no")
    world = actual(KNOWN, rollouts={PLACE: last}, failed={PLACE: last})
    assert shown(plan(wanted(), world)) == ["(RolloutFailed:production)"]


def test_a_new_version_waits_for_a_person() -> None:
    made = plan(wanted(MANUAL), actual(history(record(model(MANUAL)))))
    assert shown(made) == ["(WaitingForApproval:production)"]
    assert made.held[0].message == "v0.1.0 waits for a person: mlspec promote wine v0.1.0 --to production"


def test_a_version_that_is_still_to_be_trained_waits_for_a_person() -> None:
    made = plan(wanted(MANUAL), actual())
    assert shown(made) == ["train:wine", "register:wine", "(WaitingForApproval:production)"]
    assert "None" not in made.held[0].message


def test_a_stage_tag_that_a_person_wrote_is_deployed() -> None:
    known = history(record(model(MANUAL)), stages={"production": "v0.1.0"})
    assert shown(plan(wanted(MANUAL), actual(known))) == ["deploy:wine:production"]


def test_a_person_promotes_versions_and_settings_follow_by_themselves() -> None:
    known = history(record(model(MANUAL)), stages={"production": "v0.1.0"})
    spec = MANUAL.replace("promote: manual", "promote: manual\n    replicas: 2")
    assert shown(plan(wanted(spec), actual(known, running=[running(model(MANUAL))]))) == ["scale:wine:production"]


def test_environments_follow_each_other() -> None:
    made = plan(wanted(CHAIN, project=PROJECT), actual())
    assert shown(made)[2:] == [
        *("promote:wine:staging", "deploy:wine:staging", "promote:wine:production", "deploy:wine:production"),
    ]
    assert made.actions[4].depends_on == ("register:wine", "deploy:wine:staging")


def staged(**facts: object):
    """v0.1.0 is registered; production follows staging."""
    now = model(CHAIN, project=PROJECT)
    return now, history(record(now), **facts)


def test_an_environment_waits_for_the_one_before() -> None:
    now, known = staged(stages={})
    last = rollout(now, environment="staging", outcome="failed", detail="no")
    made = plan(wanted(CHAIN, project=PROJECT), actual(known, failed={STAGING: last}))
    assert shown(made) == ["(RolloutFailed:staging)", "(WaitingForEnvironment:production)"]


def test_an_environment_waits_for_one_that_cannot_be_seen() -> None:
    _, known = staged(stages={})
    made = plan(wanted(CHAIN, project=PROJECT), actual(known, running=[Unseen(STAGING, "NotObserved")]))
    assert shown(made) == ["(NotObserved:staging)", "(WaitingForEnvironment:production)"]


def test_an_environment_goes_on_where_the_one_before_is_done() -> None:
    now, known = staged(stages={"staging": "v0.1.0"})
    made = plan(wanted(CHAIN, project=PROJECT), actual(known, running=[running(now, environment="staging")]))
    assert shown(made) == ["promote:wine:production", "deploy:wine:production"]
    assert made.actions[0].depends_on == ()


def test_off_the_default_branch_nothing_moves() -> None:
    branch = {"branch": "topic", "default_branch": "main"}
    for spec in (SPEC, NEW, SPEC.replace("replicas: 1", "replicas: 2"), SPEC.replace("replicas: 1", "port: 8080")):
        for seen in ([], [running(model())]):
            made = plan(wanted(spec), actual(KNOWN, running=seen, **branch))
            assert [action.id for action in made.actions if action.environment] == []
            assert len(made.held) <= 1
    made = plan(wanted(NEW), actual(KNOWN, running=[running(model())], **branch))
    assert shown(made) == ["train:wine", "register:wine", "(NotDefaultBranch:production)"]
    assert made.held[0].message == "environments move only from main, and this is topic"
    assert shown(plan(wanted(), actual(KNOWN, running=[running(model())], **branch))) == []


def test_a_description_is_recorded_from_the_default_branch_only() -> None:
    described = SPEC.replace("description: ", "description: not ")
    assert described != SPEC
    world = {"running": [running(model())], "default_branch": "main"}
    assert shown(plan(wanted(described), actual(KNOWN, branch="main", **world))) == ["register:wine"]
    for branch in ("topic", None):
        assert shown(plan(wanted(described), actual(KNOWN, branch=branch, **world))) == []
    unregistered = replace(history(), unregistered=record(model(described)))
    made = plan(wanted(described), actual(unregistered, branch="topic", **world))
    assert [action.id for action in made.actions] == ["register:wine"], "a version without a tag gets it on any branch"


@pytest.mark.parametrize(("branch", "default"), [("main", "main"), ("topic", None), (None, None)])
def test_on_the_default_branch_or_without_one_they_do(branch: str | None, default: str | None) -> None:
    world = actual(KNOWN, branch=branch, default_branch=default)
    assert shown(plan(wanted(), world)) == ["deploy:wine:production"]


def test_what_runs_without_a_spec_is_told_and_left_alone() -> None:
    old = replace(running(model()), place=Place("production", "cider"))
    made = plan(
        wanted(), actual(KNOWN, running=[running(model()), old, Unseen(Place("production", "perry"), "NotObserved")])
    )
    assert shown(made) == ["(SpecRemoved:production)"]
    assert made.held[0].message.endswith("mlspec retire --env production cider")


def test_what_a_spec_does_not_deploy_any_more_is_told_too() -> None:
    spec = SPEC.replace("  production:", "  staging:")
    made = plan(wanted(spec, project=PROJECT), actual(KNOWN, running=[running(model())]))
    assert shown(made) == ["promote:wine:staging", "deploy:wine:staging", "(SpecRemoved:production)"]
    assert shown(
        plan(wanted(spec, project=PROJECT), actual(KNOWN, running=[running(model())]), environment="staging")
    ) == [
        *("promote:wine:staging", "deploy:wine:staging"),
    ]
