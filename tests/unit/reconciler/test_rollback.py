"""Going back and staying there; a model that is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.git import FakeTagObject
from fakes.shop import PLACE, SCORE, Shop, pair

from mlspec.domain.outcome import Outcome
from mlspec.domain.version import Version
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.world import observe


def roll_back(shop: Shop, to: str = "", why: str = "asked for by ada: slow") -> list[Outcome]:
    """As `mlspec rollback` does it."""
    return shop.apply(rollback=RollbackRequest("production", to, why))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """v0.2.0 runs, and v0.1.0 ran before."""
    made = Shop(tmp_path / "shop", SCORE)
    made.run()
    made.edit("max_depth: 8", "max_depth: 9")
    made.run()
    assert made.serves() == "v0.2.0"
    return made


def test_the_earlier_version_serves_and_nothing_brings_the_other_back(shop: Shop) -> None:
    trainings = shop.trainings
    assert [outcome.status for outcome in roll_back(shop)] == ["done", "done"]
    assert shop.serves() == "v0.1.0"
    assert shop.plan() == ["(RolledBack:production)"]
    assert shop.run() == []
    assert (shop.serves(), shop.trainings) == ("v0.1.0", trainings)


def test_the_tags_say_who_and_why(shop: Shop) -> None:
    roll_back(shop)
    tag = shop.git.objects[shop.git.refs["refs/tags/wine#production!#3"]]
    assert isinstance(tag, FakeTagObject)
    assert tag.message == "Take wine v0.2.0 back from production\n\nasked for by ada: slow"
    assert shop.history.stages == {"production": Version(0, 1, 0)}
    event = json.loads(shop.git.chain_log("refs/mlspec/env/production")[1])
    assert (event["outcome"], event["version"], event["by"]) == ("rolled back", "v0.1.0", "ada@example.com")
    assert event["detail"] == "v0.2.0 → v0.1.0: asked for by ada: slow"


def test_a_new_version_goes_on_and_the_old_spec_stays_out(shop: Shop) -> None:
    roll_back(shop)
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.run()
    assert shop.serves() == "v0.3.0"
    shop.edit("max_depth: 7", "max_depth: 9")
    shop.run()
    assert (shop.plan(), shop.serves()) == (["(RolledBack:production)"], "v0.3.0")


def test_twice_back_leads_to_what_ran_before_that(shop: Shop) -> None:
    shop.edit("max_depth: 9", "max_depth: 7")
    shop.run()
    roll_back(shop)
    assert shop.serves() == "v0.2.0"
    roll_back(shop)
    assert shop.serves() == "v0.1.0"


def test_forward_to_a_named_version(shop: Shop) -> None:
    roll_back(shop)
    roll_back(shop, "v0.2.0")
    assert shop.serves() == "v0.2.0"
    assert shop.plan() == []


@pytest.mark.parametrize("effect", ["append", "after append", "tag", "after tag"])
def test_killed_anywhere_the_same_again_ends_there(shop: Shop, effect: str) -> None:
    shop.git.interrupt[effect] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        roll_back(shop)
    if shop.history.stages == {"production": Version(0, 2, 0)}:
        roll_back(shop)
    else:
        shop.run()
    assert shop.serves() == "v0.1.0"
    assert shop.plan() == ["(RolledBack:production)"]


def test_another_clone_holds_it_too(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    ada.apply(push=True)
    ada.apply(push=True, rollback=RollbackRequest("production", "", "asked for by ada"))
    ben.git.fetch()
    ben.git.refs["refs/heads/main"] = ben.git.refs["refs/remotes/origin/main"]
    ben.git.files.update(  # type: ignore[arg-type]
        {path: ben.git.objects[blob] for path, blob in ben.git.tree("HEAD")[1].items()}
    )
    ben.git.index = dict(ben.git.tree("HEAD")[1])
    assert ben.plan() == ["(RolledBack:production)"]


def suspend(shop: Shop, words: str) -> None:
    Logbook(shop.ports, shop.git.head).suspended("wine", words)


def test_a_suspended_model_is_left_alone_even_where_it_died(shop: Shop) -> None:
    suspend(shop, "suspended by ada")
    shop.runtime.kill(PLACE)
    shop.edit("max_depth: 9", "max_depth: 7")
    world, plan = shop.look()
    assert [(held.reason, held.message) for held in plan.held] == [
        ("Suspended", "suspended by ada; mlspec resume wine")
    ]
    assert (shop.run(), shop.serves()) == ([], "")
    suspend(shop, "")
    assert "done deploy" in shop.run()
    assert shop.serves() == "v0.3.0"
    assert world.actual.models["wine"].suspended


def test_what_cannot_be_read_in_a_chain_is_passed_over(shop: Shop) -> None:
    roll_back(shop)
    blob = shop.git.chain_files("refs/mlspec/env/production")["models/wine.json"]
    facts = json.loads(shop.git.read([blob])[blob])
    facts["rolled_back"] = {"v0.2.0": {"version": "v0.2.0"}, "v0.3.0": 7}
    facts["ran"] = 3
    shop.git.append("refs/mlspec/env/production", {"models/wine.json": json.dumps(facts).encode()}, "{}")
    memory = observe(shop.ports).actual.memory(PLACE)
    assert (memory.ran, memory.rolled_back) == (("v0.1.0",), {})


def test_the_same_bytes_trained_again_do_not_return(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", f"{SCORE}retrain: {{max_age: 1d}}\n")
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.run()
    roll_back(shop)
    shop.ports.clock.time += 2 * 86400
    assert shop.run() == ["done train", "done register", "held promote", "held deploy"]
    assert (shop.serves(), shop.plan()) == ("v0.1.0", ["(RolledBack:production)"])
