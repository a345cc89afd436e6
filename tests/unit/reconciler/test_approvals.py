"""Who let a version in: taggers and authors, as git has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

from mlspec.domain.plan import ActionKind
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import observe

CAREFUL = SCORE.replace("replicas: 1", "promote: {approvals: [ben@example.com]}")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Ada works here; ben lets versions in. v0.1.0 is registered."""
    made = Shop(tmp_path / "shop", CAREFUL)
    made.run()
    assert made.tags == ["wine@v0.1.0"]
    return made


def promote(shop: Shop, version: str, who: str) -> None:
    """As `mlspec promote` writes it."""
    shop.git.who = who
    world = observe(shop.ports)
    Roller(shop.ports, world, Logbook(shop.ports, world.head.commit)).promote("wine", "production", version)
    shop.git.who = "ada@example.com"


def newer(shop: Shop, who: str = "ada@example.com") -> None:
    shop.git.who = who
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.git.who = "ada@example.com"
    shop.run()


def test_only_an_approver_s_tag_lets_a_version_in(shop: Shop) -> None:
    promote(shop, "v0.1.0", "eve@example.com")
    assert (shop.plan(), shop.serves()) == (["(NotApproved:production)"], "")
    promote(shop, "v0.1.0", "Ben@Example.com")
    assert shop.run() == ["done deploy"]
    assert (shop.plan(), shop.serves()) == ([], "v0.1.0")


def test_the_version_before_serves_on_under_a_tag_that_does_not_count(shop: Shop) -> None:
    promote(shop, "v0.1.0", "ben@example.com")
    shop.run()
    newer(shop)
    promote(shop, "v0.2.0", "eve@example.com")
    assert (shop.plan(), shop.run(), shop.serves()) == (["(NotApproved:production)"], [], "v0.1.0")


def test_what_an_approver_committed_needs_no_tag_of_theirs(shop: Shop) -> None:
    newer(shop, "ben@example.com")
    assert (shop.serves(), shop.plan()) == ("v0.2.0", [])


def test_whoever_is_on_call_may_go_back_and_the_way_forward_needs_an_approver(shop: Shop) -> None:
    promote(shop, "v0.1.0", "ben@example.com")
    shop.run()
    newer(shop)
    promote(shop, "v0.2.0", "ben@example.com")
    shop.run()
    shop.apply(rollback=RollbackRequest("production", "", "asked for by eve"))
    assert (shop.serves(), shop.plan()) == ("v0.1.0", ["(RolledBack:production)"])
    promote(shop, "v0.2.0", "eve@example.com")
    assert (shop.plan(), shop.serves()) == (["(RolledBack:production)"], "v0.1.0")
    promote(shop, "v0.2.0", "ben@example.com")
    shop.run()
    assert shop.serves() == "v0.2.0"


def test_other_approvers_send_nothing_away_that_runs(shop: Shop) -> None:
    promote(shop, "v0.1.0", "ben@example.com")
    shop.run()
    shop.edit("ben@example.com", "cyd@example.com")
    assert shop.plan() == []


def test_what_was_let_back_in_runs_on_under_other_approvers(shop: Shop) -> None:
    promote(shop, "v0.1.0", "ben@example.com")
    shop.run()
    newer(shop)
    promote(shop, "v0.2.0", "ben@example.com")
    shop.run()
    shop.apply(rollback=RollbackRequest("production", "", "asked for by eve"))
    promote(shop, "v0.2.0", "ben@example.com")
    shop.run()
    shop.edit("ben@example.com", "cyd@example.com")
    assert (shop.plan(), shop.serves()) == ([], "v0.2.0")


def test_a_restart_because_it_was_ill_begins_the_soak_anew(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    place = next(iter(shop.runtime.running))
    first = shop.look()[0].actual.rollouts[place]
    assert first.since == first.time > 0
    shop.edit("replicas: 1", "replicas: 2")
    shop.run()
    scaled = shop.look()[0].actual.rollouts[place]
    assert scaled.since == first.since < scaled.time
    shop.runtime.degrade(place)
    assert [outcome.action.action for outcome in shop.apply()] == [ActionKind.RESTART]
    restarted = shop.look()[0].actual.rollouts[place]
    assert restarted.since == restarted.time > scaled.time
