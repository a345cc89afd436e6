"""A new version is watched: what it does not keep sends it back, with the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.wanted import PROJECT, SPEC, actual, history, model, plan, record, rollout, running, shown, wanted

from mlspec.domain.actual import Actual, Health, Place
from mlspec.domain.memory import Memory, RolledBack
from mlspec.domain.plan import Plan
from mlspec.domain.service import Service
from mlspec.domain.version import Version
from mlspec.planner.status import statuses

PLACE = Place("production", "wine")
BAKED = SPEC.replace("replicas: 1", "bake: {for: 10m, max_error_rate: 0.01, max_latency_p95: 50ms}").replace(
    "max_depth: 8", "max_depth: 9"
)
NEW = model(BAKED)
GOOD = Service("v0.2.0", 1000, 5, 0.02)


def seen(service: Service | None = GOOD, *, now: float = 1100.0, **changes: Any) -> Actual:
    """v0.2.0 runs since second 1000, and v0.1.0 ran before."""
    known = history(record(model()), record(NEW, "v0.2.0"), stages={"production": "v0.2.0"})
    known = replace(known, assigned={"production": (Version(0, 1, 0), Version(0, 2, 0))})
    memory = changes.pop("memory", Memory(("v0.1.0", "v0.2.0")))
    return actual(
        known,
        running=[running(NEW, "v0.2.0", **changes)],
        rollouts={PLACE: rollout(NEW, "v0.2.0", time=1050.0, since=1000.0)},
        memories={PLACE: memory},
        services={PLACE: service} if service else {},
        now=now,
    )


def planned(world: Actual) -> Plan:
    return plan(wanted(BAKED), world)


BACK = ["rollback:wine:production", "deploy:wine:production"]


@pytest.mark.parametrize(
    ("service", "steps"),
    [
        (GOOD, []),
        (replace(GOOD, errors=10), []),
        (replace(GOOD, errors=11), BACK),
        (replace(GOOD, p95=0.051), BACK),
        (replace(GOOD, requests=19, errors=19), []),
        (replace(GOOD, requests=20, errors=1), BACK),
        (replace(GOOD, p95=None), []),
        (Service("v0.2.0", unknown="it does not answer"), []),
        (None, []),
    ],
)
def test_what_is_promised_is_kept_or_it_goes_back(service: Service | None, steps: list[str]) -> None:
    assert shown(planned(seen(service))) == steps


def test_the_figures_and_the_line_are_told() -> None:
    first = planned(seen(replace(GOOD, errors=123))).actions[0]
    (why,) = first.because
    assert (why.kind, why.old, why.new, why.where) == ("SloBreached", "v0.2.0", "v0.1.0", "specs/wine.yaml:21")
    assert why.subject == "123 of 1000 answers of v0.2.0 failed (12.3%), 1.0% are allowed"
    slow = planned(seen(replace(GOOD, p95=0.2))).actions[0].because[0]
    assert slow.subject == "the 95th percentile of v0.2.0 is 200 ms over 1000 requests, 50 ms are allowed"


def test_a_replica_that_is_down_while_it_is_watched_counts() -> None:
    assert shown(planned(seen(None, health=Health.DEGRADED, reason="1 of 2 replicas down"))) == BACK
    assert shown(planned(seen(None, health=Health.DEGRADED, now=1600.0))) == ["restart:wine:production"]


def test_after_its_time_it_is_not_watched_any_more() -> None:
    assert shown(planned(seen(replace(GOOD, errors=500), now=1599.0))) == BACK
    assert shown(planned(seen(replace(GOOD, errors=500), now=1600.0))) == []


def test_what_was_gone_back_to_is_not_sent_away() -> None:
    entry = RolledBack("v0.3.0", "v0.2.0", {}, 1000.0, "slow")
    memory = Memory(("v0.1.0", "v0.3.0", "v0.2.0"), {"v0.3.0": entry})
    assert shown(planned(seen(replace(GOOD, errors=500), memory=memory))) == []


def test_without_another_version_it_serves_on_and_that_is_said() -> None:
    known = history(record(NEW, "v0.2.0"), stages={"production": "v0.2.0"})
    world = replace(seen(replace(GOOD, errors=500)), models={"wine": known}, memories={})
    made = planned(world)
    assert shown(made) == ["(SloBreached:production)"]
    assert "no other version ran here" in made.held[0].message


def test_status_says_that_it_is_watched() -> None:
    world = seen()
    desired = wanted(BAKED)
    (found,) = statuses(desired, world, planned(world))
    assert found.environments[0].reason == ("Baking: watched until 1970-01-01 00:26Z; 5 of 1000 answers failed so far")


def test_what_is_watched_is_not_promoted_on_before_that_is_over() -> None:
    spec = SPEC.replace(
        "  production:\n    replicas: 1\n", "  staging: {bake: {for: 1h}}\n  production: {from: staging}\n"
    )
    made = model(spec, project=PROJECT)
    known = history(record(made), stages={"staging": "v0.1.0"})
    last = rollout(made, environment="staging", time=0.0, since=1000.0)

    def at(now: float) -> list[str]:
        world = actual(
            known,
            running=[running(made, environment="staging")],
            rollouts={Place("staging", "wine"): last},
            now=now,
        )
        return shown(plan(wanted(spec, project=PROJECT), world))

    assert at(1000.0 + 3599) == ["(Soaking:production)"]
    assert at(1000.0 + 3600) == ["promote:wine:production", "deploy:wine:production"]
