"""A model under a new name: nothing is trained, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.shop import PLACE, SCORE, Shop
from fakes.wanted import GATES

from mlspec.domain.actual import Health, Place
from mlspec.domain.plan import ActionKind
from mlspec.domain.version import Version
from mlspec.planner.plan import Selection, make_plan
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.renaming import suspended_names
from mlspec.reconciler.world import observe

NEW = Place("production", "cultivars")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.2.0 serves, and v0.1.0 did before."""
    made = Shop(tmp_path / "shop", SCORE)
    made.run()
    made.edit("max_depth: 8", "max_depth: 9")
    made.run()
    return made


def rename(shop: Shop) -> None:
    shop.edit("name: wine\n", "name: cultivars\nwas: wine\n")


def test_its_versions_and_promotions_go_with_it_and_what_runs_is_replaced(shop: Shop) -> None:
    trainings, calls = shop.trainings, len(shop.runtime.calls)
    rename(shop)
    assert [step for step in shop.plan() if not step.startswith("compile")] == [
        "register:cultivars",
        "deploy:cultivars:production",
        "retire:wine:production",
    ]
    assert all(outcome.status == "done" for outcome in shop.apply())
    assert shop.trainings == trainings
    assert [(what, place) for what, place, _ in shop.runtime.calls[calls:]] == [("deploy", NEW), ("retire", PLACE)]
    assert {place: seen.version for place, seen in shop.runtime.running.items()} == {NEW: "v0.2.0"}
    assert {"cultivars@v0.1.0", "cultivars@v0.2.0", "wine@v0.1.0", "wine@v0.2.0"} <= set(shop.tags)
    history = observe(shop.ports).actual.models["cultivars"]
    assert history.stages == {"production": Version(0, 2, 0)}
    assert {record.model for record in history.versions.values()} == {"cultivars"}
    assert shop.plan() == []


def test_on_a_topic_branch_the_old_name_serves_on(shop: Shop) -> None:
    rename(shop)
    world, _ = shop.look()
    both = {**world.actual.running, NEW: replace(world.actual.running[PLACE], place=NEW)}
    there = replace(world.actual, running=both, branch="topic", default_branch="main")
    made = make_plan(world.desired, there, GATES, Selection())
    assert [action.id for action in made.actions if action.environment] == []
    assert ("wine", "NotDefaultBranch") in {(held.model, str(held.reason)) for held in made.held}


@pytest.mark.parametrize("health", [Health.PROGRESSING, Health.DEGRADED])
def test_the_old_name_serves_until_the_new_one_does(shop: Shop, health: Health) -> None:
    rename(shop)
    world, _ = shop.look()
    running = world.actual.running
    both = {**running, NEW: replace(running[PLACE], place=NEW, health=health)}
    made = make_plan(world.desired, replace(world.actual, running=both), GATES, Selection())
    retired = [action for action in made.actions if action.action is ActionKind.RETIRE]
    starting = {action.id for action in made.actions if action.action in {ActionKind.DEPLOY, ActionKind.RESTART}}
    assert all(set(action.depends_on) & starting for action in retired)
    if not starting:
        assert ("wine", "WaitingForEnvironment") in {(held.model, str(held.reason)) for held in made.held}


def test_suspended_under_its_old_name_it_is_so_until_it_resumes_under_the_new_one(shop: Shop) -> None:
    Logbook(shop.ports, shop.git.head).suspended("wine", "suspended by ada")
    rename(shop)
    world, _ = shop.look()
    held = make_plan(world.desired, world.actual, GATES, Selection(prune=1)).held
    assert [(step.model, step.reason) for step in held] == [
        ("cultivars", "Suspended"),
        ("wine", "WaitingForEnvironment"),
    ]
    assert "v0.2.0 runs on under its old name" in held[1].message
    for name in suspended_names(world.blueprint("cultivars"), world.actual.models):
        Logbook(shop.ports, shop.git.head).suspended(name, "")
    assert shop.plan()[-3:] == ["register:cultivars", "deploy:cultivars:production", "retire:wine:production"]


def test_the_next_version_goes_on_counting(shop: Shop) -> None:
    rename(shop)
    shop.apply()
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.apply()
    assert (shop.runtime.running[NEW].version, shop.plan()) == ("v0.3.0", [])


def test_what_was_rolled_back_stays_out_under_the_new_name(shop: Shop) -> None:
    shop.apply(rollback=RollbackRequest("production", "", "asked for by ada"))
    rename(shop)
    shop.apply()
    assert shop.runtime.running[NEW].version == "v0.1.0"
    assert shop.plan() == ["(RolledBack:production)"]


@pytest.mark.parametrize("number", range(8))
def test_killed_at_any_tag_the_next_run_goes_on(shop: Shop, number: int) -> None:
    trainings = shop.trainings
    rename(shop)
    tag, left = shop.git.tag, [number]

    def dying(new: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        tag(new)  # type: ignore[arg-type]

    shop.git.tag = dying  # type: ignore[method-assign]
    try:
        shop.apply()
    except KeyboardInterrupt:
        shop.git.tag = tag  # type: ignore[method-assign]
        shop.apply()
    shop.git.tag = tag  # type: ignore[method-assign]
    assert {place: seen.version for place, seen in shop.runtime.running.items()} == {NEW: "v0.2.0"}
    assert (shop.trainings, shop.plan()) == (trainings, [])


def test_an_old_name_that_nobody_had_changes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE.replace("name: wine\n", "name: wine\nwas: beer\n"))
    shop.run()
    assert (shop.serves(), shop.plan()) == ("v0.1.0", [])
