"""What is done at a place: deploy, scale, restart, or nothing."""

from __future__ import annotations

import pytest
from fakes.wanted import SPEC, actual, history, model, plan, record, rollout, running, shown, wanted

from mlspec.domain.actual import Health, Place
from mlspec.domain.plan import Action, Plan

PLACE = Place("production", "wine")
KNOWN = history(record(model()), stages={"production": "v0.1.0"})


def only(made: Plan) -> Action:
    """The only step of a plan."""
    assert made.held == ()
    (action,) = made.actions
    return action


@pytest.mark.parametrize(
    ("old", "new", "kind", "reason"),
    [
        (
            *("replicas: 1", "replicas: 3", "scale"),
            ("ReplicasChanged", "deploy.production.replicas", 1, 3, "specs/wine.yaml:21"),
        ),
        (
            *("replicas: 1", "replicas: 1\n    port: 8080", "deploy"),
            ("ServingChanged", "deploy.production.port", 0, 8080, "specs/wine.yaml:22"),
        ),
        (
            *("deploy:", "serving: {limits: {batch: 5}}\ndeploy:", "deploy"),
            ("ServingChanged", "serving.limits.batch", 1000, 5, "specs/wine.yaml:19"),
        ),
        (
            *("deploy:", "serving: {trust: [shop.Scaler]}\ndeploy:", "deploy"),
            ("ServingChanged", "serving.trust", [], ["shop.Scaler"], "specs/wine.yaml:19"),
        ),
    ],
)
def test_a_changed_setting_redeploys_without_training(
    old: str, new: str, kind: str, reason: tuple[object, ...]
) -> None:
    action = only(plan(wanted(SPEC.replace(old, new)), actual(KNOWN, running=[running(model())])))
    assert (action.action, action.version) == (kind, "v0.1.0")
    assert [(why.kind, why.subject, why.old, why.new, why.where) for why in action.because] == [reason]


def test_replicas_and_a_port_are_one_deployment() -> None:
    spec = SPEC.replace("replicas: 1", "replicas: 2\n    port: 8080")
    action = only(plan(wanted(spec), actual(KNOWN, running=[running(model())])))
    assert action.action == "deploy"
    assert [why.kind for why in action.because] == ["ServingChanged", "ReplicasChanged"]


def test_where_nothing_ever_ran_it_is_deployed() -> None:
    action = only(plan(wanted(), actual(KNOWN)))
    assert (action.action, action.because[0].kind) == ("deploy", "NothingRunning")


def test_what_ran_here_is_restarted() -> None:
    action = only(plan(wanted(), actual(KNOWN, rollouts={PLACE: rollout(model())})))
    assert (action.action, action.because[0].kind) == ("restart", "NothingRunning")


@pytest.mark.parametrize("change", [{"version": "v0.0.9"}, {"serve": {"replicas": 9}}, {"outcome": "retired"}])
def test_what_ran_otherwise_is_deployed(change: dict[str, object]) -> None:
    assert only(plan(wanted(), actual(KNOWN, rollouts={PLACE: rollout(model(), **change)}))).action == "deploy"


@pytest.mark.parametrize(
    ("health", "steps"),
    [
        (Health.DEGRADED, ["restart:wine:production"]),
        (Health.MISSING, ["restart:wine:production"]),
        (Health.HEALTHY, []),
        (Health.PROGRESSING, []),
        (Health.UNKNOWN, []),
    ],
)
def test_only_what_is_known_to_be_ill_is_restarted(health: Health, steps: list[str]) -> None:
    assert shown(plan(wanted(), actual(KNOWN, running=[running(model(), health=health)]))) == steps


def test_other_bytes_under_the_right_name_are_replaced() -> None:
    action = only(plan(wanted(), actual(KNOWN, running=[running(model(), artefact="sha256:forged")])))
    assert (action.action, action.because[0].kind, action.because[0].old) == (
        "deploy",
        "ArtefactDiffers",
        "sha256:forged",
    )


def test_another_version_is_replaced() -> None:
    action = only(plan(wanted(), actual(KNOWN, running=[running(model(), "v0.0.9")])))
    assert (action.action, action.because[0].kind) == ("deploy", "VersionChanged")
    assert (action.because[0].old, action.because[0].new) == ("v0.0.9", "v0.1.0")


def test_a_version_that_is_promoted_is_deployed_after_its_promotion() -> None:
    made = plan(wanted(), actual(history(record(model()))))
    assert shown(made) == ["promote:wine:production", "deploy:wine:production"]
    assert made.actions[1].depends_on == ("promote:wine:production",)
    assert (made.actions[0].because[0].old, made.actions[0].because[0].new) == (None, "v0.1.0")


def test_a_model_that_deploys_nowhere_is_only_registered() -> None:
    spec = SPEC[: SPEC.index("deploy:")]
    assert shown(plan(wanted(spec), actual())) == ["train:wine", "register:wine"]
    assert shown(plan(wanted(spec), actual(history(record(model(spec)))))) == []
