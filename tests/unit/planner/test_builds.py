"""Images in a plan: built once, before what needs them, and only where nobody has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.wanted import SPEC, actual, history, model, plan, record, rollout, running, shown, wanted

from mlspec.domain.actual import Place, Unseen
from mlspec.domain.desired import Desired
from mlspec.domain.image import serve_digest
from mlspec.domain.plan import Plan

PROJECT = "apiVersion: mlspec/v1\nkind: Project\nenvironments:\n  production: {target: docker}\n"
TWO = f"{PROJECT}  staging: {{target: docker}}\n"
STAGED = SPEC.replace("  production:\n", "  staging: {}\n  production:\n    from: staging\n")
PLACE = Place("production", "wine")
MODEL = model(project=PROJECT)
SERVE = serve_digest(MODEL.recipe, record(MODEL))
KNOWN = history(record(MODEL), stages={"production": "v0.1.0"})


def world(*given: Any, have: bool = True, **facts: Any) -> Any:
    """A world with an engine that has the image of v0.1.0, or not."""
    images = {"production": frozenset({SERVE} if have else ())}
    return actual(*(given or (KNOWN,)), **{"images": images} | facts)


def made(world: Any, spec: str = SPEC, project: str = PROJECT, **stores: str) -> Plan:
    """The plan of one model."""
    desired: Desired = wanted(spec, project=project)
    return plan(replace(desired, stores=stores), world)


def test_an_image_that_is_missing_is_built_before_the_deployment() -> None:
    found = made(world(have=False))
    assert shown(found) == ["build:wine:production", "deploy:wine:production"]
    build, deploy = found.actions
    assert [(why.kind, why.subject, why.where) for why in build.because] == [
        ("ImageMissing", SERVE[7:19], "specs/wine.yaml:20")
    ]
    assert (build.version, deploy.depends_on) == ("v0.1.0", ("build:wine:production",))


def test_the_line_of_an_image_is_that_of_the_spec() -> None:
    spec = SPEC.replace("deploy:", "serving: {image: {system_packages: [libgomp1]}}\ndeploy:")
    assert made(world(have=False), spec).actions[0].because[0].where == "specs/wine.yaml:19"


def test_an_image_that_is_there_is_not_built() -> None:
    assert shown(made(world())) == ["deploy:wine:production"]


def test_a_version_that_is_not_trained_yet_is_always_built() -> None:
    found = made(world(history()))
    assert shown(found)[-2:] == ["build:wine:production", "deploy:wine:production"]
    build, deploy = found.actions[-2:]
    assert build.depends_on == ("promote:wine:production",)
    assert deploy.depends_on == ("promote:wine:production", "build:wine:production")
    assert (build.because[0].subject, build.version) == ("image", "known after train")


def test_a_restart_builds_what_is_gone_and_scaling_does_not() -> None:
    last = {PLACE: rollout(MODEL)}
    assert shown(made(world(have=False, rollouts=last))) == ["build:wine:production", "restart:wine:production"]
    more = SPEC.replace("replicas: 1", "replicas: 2")
    assert shown(made(world(have=False, running=[running(MODEL)]), more)) == ["scale:wine:production"]


def test_what_runs_needs_no_image() -> None:
    assert shown(made(world(have=False, running=[running(MODEL)]))) == []


@pytest.mark.parametrize(
    ("stores", "builds"),
    [({"staging": "r", "production": "r"}, 1), ({"staging": "engine a", "production": "engine b"}, 2)],
)
def test_environments_that_share_their_images_share_a_build(stores: dict[str, str], builds: int) -> None:
    found = made(actual(history(record(model(STAGED, project=TWO)))), STAGED, TWO, **stores)
    assert [step for step in shown(found) if step.startswith("build")] == [
        "build:wine:staging",
        "build:wine:production",
    ][:builds]
    last = found.actions[-1]
    assert last.id == "deploy:wine:production"
    assert set(last.depends_on) == {
        "promote:wine:production",
        f"build:wine:{'staging' if builds == 1 else 'production'}",
    }


def test_an_environment_that_is_left_out_builds_for_nobody() -> None:
    stages = {"staging": "v0.1.0", "production": "v0.1.0"}
    desired = wanted(STAGED, project=TWO)
    found = plan(desired, actual(history(record(model(STAGED, project=TWO)), stages=stages)), environment="production")
    assert shown(found) == ["build:wine:production", "deploy:wine:production"]


def test_processes_need_no_image() -> None:
    assert shown(plan(wanted(), actual(history(record(model()), stages={"production": "v0.1.0"})))) == [
        "deploy:wine:production"
    ]


def test_drift_is_put_right_and_said_before_health() -> None:
    found = made(world(running=[running(MODEL, drift="1 of 2 servers was removed", health="Degraded")]))
    (action,) = found.actions
    assert action.action == "restart"
    assert [(why.kind, why.subject, why.new) for why in action.because] == [
        ("Drifted", "wine → production", "1 of 2 servers was removed")
    ]


def test_settings_that_nobody_knows_any_more_are_no_changes() -> None:
    seen = replace(running(MODEL, drift="the front is gone", health="Missing"), serve={})
    (action,) = made(world(running=[seen])).actions
    assert (action.action, [why.kind for why in action.because]) == ("restart", ["Drifted"])


def test_scaling_alone_does_not_put_drift_right() -> None:
    seen = running(MODEL, drift="a server was stopped")
    (action,) = made(world(running=[seen]), SPEC.replace("replicas: 1", "replicas: 2")).actions
    assert action.action == "deploy"
    assert [why.kind for why in action.because] == ["ReplicasChanged", "Drifted"]


def subjects(before: dict[str, Any], **changes: Any) -> list[str]:
    """What a plan says of a place that runs with other settings; None takes one away."""
    serve = {name: value for name, value in (before | changes).items() if value is not None}
    (action,) = made(world(running=[running(MODEL, serve=serve)])).actions
    return [f"{action.action} {why.subject}" for why in action.because]


def test_settings_are_told_by_the_names_that_people_know() -> None:
    serve = dict(running(MODEL).serve)
    told = {
        "replicas": "scale deploy.production.replicas",
        "port": "deploy deploy.production.port",
        "environment.bind": "deploy environments.production.bind",
        "resources.cpu": "deploy serving.resources.cpu",
        "file:src/features.py": "deploy src/features.py",
        "image.refresh": "deploy serving.image.refresh",
        "image": "deploy serving.image",
    }
    assert {name: subjects(serve, **{name: "other"}) for name in told} == {name: [line] for name, line in told.items()}


def test_that_the_image_differs_goes_without_saying_where_its_part_is_told() -> None:
    serve = dict(running(MODEL).serve) | {"image": "sha256:other"}
    assert subjects(serve, **{"image.base": "python:3.9"}) == ["deploy serving.image.base"]
    assert subjects(serve, **{"limits.batch": 7}) == ["deploy serving.limits.batch"]
    assert subjects(serve, replicas=7) == ["deploy serving.image", "deploy deploy.production.replicas"]
    assert subjects(serve, env=["TOKEN"]) == ["deploy serving.env", "deploy serving.image"]


@pytest.mark.parametrize("last", [{}, {PLACE: rollout(MODEL)}])
def test_an_engine_that_does_not_answer_is_held_with_the_reason(last: Any) -> None:
    unseen = Unseen(PLACE, "NotObserved", "no Docker Engine answers at tcp://away:2375")
    found = made(world(running=[unseen], rollouts=last))
    (held,) = found.held
    assert (found.actions, held.reason) == ((), "NotObserved")
    assert "no Docker Engine answers at tcp://away:2375" in held.message
