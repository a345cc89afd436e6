"""Promotion by policy: people who let a version in, time that it has to run well elsewhere, and gates on every way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.wanted import (
    PROJECT,
    SPEC,
    actual,
    failing_verdict,
    history,
    model,
    plan,
    record,
    rollout,
    running,
    shown,
    wanted,
)

from mlspec.domain.actual import Health, ModelHistory, Place
from mlspec.domain.plan import KNOWN_AFTER_TRAIN
from mlspec.domain.version import Version

STAGED = SPEC.replace(
    "  production:\n    replicas: 1\n",
    "  staging: {}\n  production: {from: staging, promote: {after: {soak: 24h}}}\n",
)
APPROVED = SPEC.replace("replicas: 1", "promote: {approvals: [ada@example.com, Ben@example.com]}")
STAGING = Place("staging", "wine")
DAY = 86400.0


def staged(now: float, soaking: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    """What is planned for a version that runs in staging since second 1000."""
    made = model(STAGED, project=PROJECT)
    known = history(record(made), stages={"staging": "v0.1.0"})
    last = rollout(made, environment="staging", **{"time": 1000.0, "since": 1000.0, **(soaking or {})})
    seen = running(made, environment="staging", **changes)
    return shown(
        plan(wanted(STAGED, project=PROJECT), actual(known, running=[seen], rollouts={STAGING: last}, now=now))
    )


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        (1000.0, ["(Soaking:production)"]),
        (999.0 + DAY, ["(Soaking:production)"]),
        (1000.0 + DAY, ["promote:wine:production", "deploy:wine:production"]),
    ],
)
def test_a_version_is_promoted_when_it_ran_for_long_enough(now: float, steps: list[str]) -> None:
    assert staged(now) == steps


@pytest.mark.parametrize("last", [{"version": "v0.0.9"}, {"outcome": "failed"}, {"since": DAY}])
def test_what_another_version_or_a_time_before_a_restart_gave_does_not_count(last: dict[str, Any]) -> None:
    assert staged(2000.0 + DAY, last) == ["(Soaking:production)"]


def test_older_chains_say_only_when_it_was_rolled_out() -> None:
    assert staged(1000.0 + DAY, {"since": 0.0}) == ["promote:wine:production", "deploy:wine:production"]


def test_what_is_ill_does_not_soak() -> None:
    assert staged(1000.0 + DAY, health=Health.DEGRADED) == ["restart:wine:staging", "(Soaking:production)"]


def test_it_is_said_until_when() -> None:
    made = model(STAGED, project=PROJECT)
    known = history(record(made), stages={"staging": "v0.1.0"})
    rollouts = {STAGING: rollout(made, environment="staging", time=0.0, since=3600.0)}
    seen = actual(known, running=[running(made, environment="staging")], rollouts=rollouts, now=3600.0)
    (held,) = plan(wanted(STAGED, project=PROJECT), seen).held
    assert held.message == "v0.1.0 has to run in staging for 1d: until 1970-01-02 01:00Z"


def test_a_version_that_is_still_to_be_trained_is_called_new() -> None:
    made = model(STAGED, project=PROJECT)
    (held,) = [held for held in plan(wanted(STAGED, project=PROJECT), actual()).held if held.reason == "Soaking"]
    assert made.name == held.model
    assert held.message == "the new version has to run in staging for 1d first"


def approved(known: ModelHistory) -> list[str]:
    return shown(plan(wanted(APPROVED), actual(known)))


def test_a_version_waits_for_those_who_may_let_it_in() -> None:
    made = plan(wanted(APPROVED), actual(history(record(model(APPROVED)), authors={"v0.1.0": "eve@example.com"})))
    (held,) = made.held
    assert (made.actions, held.reason) == ((), "WaitingForApproval")
    assert held.message == (
        "v0.1.0 waits for ada@example.com or ben@example.com: mlspec promote wine v0.1.0 --to production"
    )


def test_the_author_of_the_commit_behind_it_has_approved() -> None:
    known = history(record(model(APPROVED)), authors={"v0.1.0": "ben@example.com"})
    assert approved(known) == ["promote:wine:production", "deploy:wine:production"]


def test_so_has_the_author_of_what_is_trained_now() -> None:
    trained = ["train:wine", "register:wine"]
    assert approved(ModelHistory(authors={KNOWN_AFTER_TRAIN: "eve@example.com"})) == [
        *trained,
        "(WaitingForApproval:production)",
    ]
    known = ModelHistory(authors={KNOWN_AFTER_TRAIN: "ada@example.com"})
    assert approved(known) == [*trained, "promote:wine:production", "deploy:wine:production"]


def test_the_tag_of_somebody_else_counts_for_nothing_and_is_named() -> None:
    version = Version(0, 1, 0)
    known = history(
        record(model(APPROVED)),
        assigned={"production": (version,)},
        unapproved={"production": {version: "eve@example.com"}},
    )
    (held,) = plan(wanted(APPROVED), actual(known)).held
    assert held.reason == "NotApproved"
    assert held.message.startswith("v0.1.0 was promoted by eve@example.com, who may not; it waits for ada@")


def test_a_tag_made_by_hand_does_not_get_past_the_gates() -> None:
    failed = replace(record(model()), verdicts=(failing_verdict(),))
    made = plan(wanted(), actual(history(failed, stages={"production": "v0.1.0"})))
    assert "deploy" not in made.summary
    assert ("GateFailed", "production") in [(held.reason, held.environment) for held in made.held]
