"""Trainings that nobody's commit asks for, and those that crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop
from fakes.wanted import GATES

from mlspec.planner.plan import Selection, make_plan
from mlspec.reconciler.apply import Applier
from mlspec.reconciler.report import Silence

DAY = 86400.0


def shop_with(folder: Path, retrain: str) -> Shop:
    made = Shop(folder / "shop", f"{SCORE}retrain: {retrain}\n")
    made.run()
    return made


@pytest.mark.parametrize("retrain", ["{max_age: 1d}", "{schedule: 0 3 * * *}"])
def test_the_same_bytes_are_logged_and_the_clock_begins_anew(tmp_path: Path, retrain: str) -> None:
    shop = shop_with(tmp_path, retrain)
    assert (shop.plan(), shop.trainings) == ([], 1)
    for day in (1, 2):
        shop.ports.clock.time = 2 * day * DAY + 4 * 3600
        assert shop.run() == ["done train", "done register", "done promote", "done deploy"]
        assert (shop.plan(), shop.serves(), shop.trainings) == ([], "v0.1.0", 1 + day)
    assert shop.tags == ["wine#production#1", "wine@v0.1.0"]
    assert {record.version for record in shop.history.equivalent} == {"v0.1.0"}
    assert len(shop.history.equivalent) == 2


def test_a_training_on_request_is_forced(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    world = shop.look()[0]
    plan = make_plan(world.desired, world.actual, GATES, Selection(("wine",), "", "asked for by ada"))
    Applier(shop.ports, world, GATES, Silence()).run(plan)
    assert (shop.trainings, shop.plan()) == (2, [])


def test_crashes_are_counted_until_one_goes_through(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, "{max_failures: 2}")
    shop.edit("max_depth: 8", "max_depth: 9")
    for count in (1, 2):
        act, shop.ports.pipeline.act = shop.ports.pipeline.act, lambda *_: (1, "no space")
        assert "failed train" in shop.run()
        shop.ports.pipeline.act = act
        crash = shop.history.crash
        assert crash is not None
        assert crash.count == count
        assert shop.plan() == ["(TrainingFailed:)"]
        shop.ports.clock.time += 3600
    assert shop.run() == []
    assert "2 of 2 times" in shop.look()[1].held[0].message
    shop.commit({"README.md": "another revision\n"})
    assert "done train" in shop.run()
    assert (shop.history.crash, shop.plan()) == (None, [])


def test_without_a_limit_no_crash_is_written_down(tmp_path: Path) -> None:
    shop = shop_with(tmp_path, "{}")
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.ports.pipeline.act = lambda *_: (1, "no space")
    assert "failed train" in shop.run()
    assert shop.history.crash is None
