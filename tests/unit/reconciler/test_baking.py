"""A bad deployment rolls itself back, and stays out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.shop import PLACE, SCORE, Shop

from mlspec.domain.actual import Health
from mlspec.domain.service import Service

BAKED = SCORE.replace("replicas: 1", "bake: {for: 10m, max_error_rate: 0.01}")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.2.0 has just taken the traffic of v0.1.0."""
    made = Shop(tmp_path / "shop", BAKED)
    made.run()
    made.ports.clock.time += 3600
    made.edit("max_depth: 8", "max_depth: 9")
    made.run()
    assert made.serves() == "v0.2.0"
    return made


def test_a_breach_goes_back_and_is_held_with_its_figures(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 100, 40)
    assert shop.run() == ["done rollback", "done deploy"]
    assert shop.serves() == "v0.1.0"
    shop.ports.telemetry.services["v0.1.0"] = Service("v0.1.0", 100, 40)
    _, plan = shop.look()
    assert (plan.actions, [held.reason for held in plan.held]) == ((), ["RolledBack"])
    assert "40 of 100 answers of v0.2.0 failed (40.0%)" in plan.held[0].message
    shop.ports.clock.time += 3600
    assert shop.run() == []


def test_a_version_that_keeps_its_word_stays(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 100, 0)
    assert shop.run() == []
    shop.ports.clock.time += 601
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 100, 90)
    assert (shop.run(), shop.serves()) == ([], "v0.2.0")


def test_a_reboot_does_not_open_the_watch_again(shop: Shop) -> None:
    shop.ports.clock.time += 601
    shop.runtime.running.clear()
    assert shop.run() == ["done restart"]
    assert shop.look()[0].actual.services == {}
    running = shop.runtime.running
    running[PLACE] = replace(running[PLACE], health=Health.DEGRADED)
    assert shop.run() == ["done restart"]
    assert shop.serves() == "v0.2.0"


def test_only_what_is_watched_is_asked(shop: Shop) -> None:
    assert set(shop.look()[0].actual.services) == {PLACE}
    shop.ports.clock.time += 601
    assert shop.look()[0].actual.services == {}


def test_the_next_version_is_watched_again(shop: Shop) -> None:
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 100, 40)
    shop.run()
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.run()
    assert shop.serves() == "v0.3.0"
    shop.ports.telemetry.services["v0.3.0"] = Service("v0.3.0", 100, 40)
    shop.run()
    assert shop.serves() == "v0.1.0"


def test_a_candidate_that_fails_makes_nothing_new_of_what_goes_on_serving(shop: Shop) -> None:
    """Its watch was over: all that its server has ever counted is no fault of a deployment."""
    shop.ports.clock.time += 601
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.runtime.fail_next("OOM")
    assert shop.run()[-1] == "failed deploy"
    assert shop.run() == []
    shop.ports.telemetry.services["v0.2.0"] = Service("v0.2.0", 100, 40)
    assert (shop.run(), shop.serves(), shop.look()[0].actual.services) == ([], "v0.2.0", {})
    assert "was not recorded" not in " ".join(shop.git.chain_log("refs/mlspec/env/production"))
