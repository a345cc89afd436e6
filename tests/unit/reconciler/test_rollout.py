"""Rolling out and retiring, at whatever site."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import CONTAINERS, PLACE, SCORE, Shop
from fakes.wanted import GATES

from mlspec.domain.plan import Action, ActionKind
from mlspec.planner.plan import Selection, make_plan
from mlspec.reconciler.apply import Applier
from mlspec.reconciler.guard import Guard
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.report import Silence
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import observe


def retire(shop: Shop) -> None:
    """As `mlspec retire` does it."""
    world = observe(shop.ports)
    action = Action(ActionKind.RETIRE, PLACE.model, PLACE.environment)
    guard = Guard(shop.ports, world.head.commit)
    with guard.holding(world, [PLACE.environment], print):
        Roller(shop.ports, world, Logbook(shop.ports, world.head.commit), held=guard.held).retire(action)


@pytest.mark.parametrize("project", ["", CONTAINERS])
def test_what_is_retired_comes_back_with_a_newer_fence(tmp_path: Path, project: str) -> None:
    shop = Shop(tmp_path / "shop", SCORE, project)
    shop.run()
    first = shop.runtime.running[PLACE].fence
    retire(shop)
    assert (shop.serves(), shop.history.stages) == ("", {})
    assert shop.run() == ["done promote", "done deploy"], "its image is still there"
    assert shop.runtime.running[PLACE].fence > first


def test_what_runs_where_its_environment_is_gone_is_retired_there(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, CONTAINERS)
    shop.run()
    engine = shop.runtime
    files = {"specs/project.yaml": CONTAINERS.replace("production", "live")}
    shop.commit(files | {"specs/wine.yaml": SCORE.replace("production", "live")})
    assert PLACE in engine.running
    retire(shop)
    assert PLACE not in engine.running


def test_what_no_spec_asks_for_is_retired_and_its_versions_stay(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    shop.commit({"specs/beer.yaml": SCORE.replace("name: wine", "name: beer").split("deploy:", maxsplit=1)[0]})
    del shop.git.files["specs/wine.yaml"]
    shop.git.commit_all("no wine")
    world = observe(shop.ports)
    plan = make_plan(world.desired, world.actual, GATES, Selection(prune=1))
    outcomes = Applier(shop.ports, world, GATES, Silence()).run(plan)
    assert ("retire", "done") in [(outcome.action.action, outcome.status) for outcome in outcomes]
    assert (shop.serves(), "wine@v0.1.0" in shop.tags, "wine#production!#2" in shop.tags) == ("", True, True)
    assert [held.reason for held in shop.look()[1].held] == []
