"""A model under a new name: nothing is trained, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import PLACE, SCORE, Shop

from mlspec.domain.actual import Place
from mlspec.domain.version import Version
from mlspec.planner.rollback import RollbackRequest
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
