"""Two machines, one origin: one acts at a time, and whoever has lost its lease acts no more."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fakes.git import FakeOrigin
from fakes.leases import TTL, FakeBoard, FakeLease, FakeLeases
from fakes.shop import CONTAINERS, PLACE, SCORE, Shop, pair

from mlspec.errors import LeaseLost, LockHeld
from mlspec.reconciler.chains import PROJECT, environment_ref
from mlspec.reconciler.guard import Guard, acting, fences, is_shared, recorded
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.world import observe

CHAIN = environment_ref("production")
AWAY = CONTAINERS.replace("docker}", "docker, context: away}")


def hold(shop: Shop) -> FakeLease:
    """A machine that is at work for a long time, and renews."""
    lease = shop.ports.lease.acquire("production", shop.git.head)
    for number in range(1, 40):
        shop.ports.lease.board.time.later(number * TTL / 3, lease.renew)
    return lease


def test_who_comes_second_stops_while_the_first_is_at_work(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    lease = hold(ada)
    ben.edit("replicas: 1", "replicas: 2")
    calls = list(ben.runtime.calls)
    with pytest.raises(LockHeld, match="another mlspec is at work on production: ada"):
        ben.apply(push=True)
    assert (ben.runtime.calls, ben.git.origin.refs[CHAIN]) == (calls, ada.git.refs[CHAIN])  # type: ignore[union-attr]
    lease.release()
    assert ben.apply(push=True)[-1].status == "done"
    assert ben.runtime.running[PLACE].replicas == 2


def test_who_comes_second_follows_the_dead(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    dead = ada.ports.lease.acquire("production", ada.git.head)
    ben.text = SCORE.replace("max_depth: 8", "max_depth: 9")
    ben.commit({"specs/wine.yaml": ben.text})
    ben.apply(push=True)
    assert ben.serves() == "v0.2.0"
    assert ben.runtime.running[PLACE].fence == dead.fence + 1


def test_the_newest_revision_wins(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ada.edit("replicas: 1", "replicas: 2")
    ada.apply(push=True)
    ben.edit("replicas: 1", "replicas: 3")
    board = ada.ports.lease.board
    board.newer.add((board.revisions["production"], ben.git.head))
    with pytest.raises(LockHeld, match="newer revision"):
        ben.apply(push=True)
    assert ben.runtime.running[PLACE].replicas == 2


def test_training_keeps_nobody_out(tmp_path: Path) -> None:
    """The lease is taken when all is trained, also where another model could be deployed before that."""
    board = FakeBoard()
    shop = Shop(tmp_path / "ada", SCORE, origin=FakeOrigin(), board=board)
    shop.commit({"specs/more.yaml": SCORE.replace("name: wine", "name: more").replace("8", "7")})
    seen: list[bool] = []
    run = shop.ports.pipeline.run

    def watching(*arguments: Any, **options: Any) -> Any:
        seen.append("production" in board.holders)
        return run(*arguments, **options)

    shop.ports.pipeline.run = watching  # type: ignore[method-assign]
    assert {outcome.status for outcome in shop.apply(push=True)} == {"done"}
    assert seen == [False] * 8
    assert board.holders == {}


def test_what_was_trained_is_kept_where_another_acted_meanwhile(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ben.edit("max_depth: 8", "max_depth: 9")
    run = ben.ports.pipeline.run

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        if ada.text == SCORE:
            ada.edit("replicas: 1", "replicas: 2")
            ada.apply(push=True)
        return run(*arguments, **options)

    ben.ports.pipeline.run = meanwhile  # type: ignore[method-assign]
    calls = len(ben.runtime.calls)
    with pytest.raises(LockHeld, match="another run acted on production meanwhile"):
        ben.apply(push=True)
    assert [call[0] for call in ben.runtime.calls[calls:]] == ["scale"]
    assert "wine@v0.2.0" in ben.tags


def test_a_model_that_is_suspended_while_it_trains_is_not_deployed_and_stays_suspended(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ben.edit("max_depth: 8", "max_depth: 9")
    run = ben.ports.pipeline.run

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        if not ada.history.suspended:
            Logbook(ada.ports, ada.git.head).suspended("wine", "suspended by ada")
            ada.git.push("main")
        return run(*arguments, **options)

    ben.ports.pipeline.run = meanwhile  # type: ignore[method-assign]
    calls = len(ben.runtime.calls)
    ended = {f"{item.action.action}": (item.status, item.detail) for item in ben.apply(push=True)}
    held = ("held", "Suspended: suspended by ada")
    assert (ended["train"][0], ended["promote"], ended["deploy"]) == ("done", held, held)
    assert len(ben.runtime.calls) == calls
    assert "wine@v0.2.0" in ben.tags
    ada.git.fetch()
    for shop in (ada, ben):
        assert shop.history.suspended == "suspended by ada"
        assert [training.version for training in shop.history.trainings] == ["v0.1.0", "v0.2.0"]


class Thief:
    """Takes the lease of production at the given one of all effects and checks, and tells what was done after that."""

    def __init__(self, shop: Shop, number: int) -> None:
        self.shop = shop
        self.left = number
        self.before: Any = None
        effect = shop.git._effect
        shop.git._effect = lambda name, do: self.step(name) or effect(name, do)  # type: ignore[method-assign]

    def step(self, name: str = "check") -> None:
        if name == "push":
            return  # git's is refused as a whole; the fake looks at its leases first
        self.left -= 1
        if self.left == 0 and "production" in self.shop.ports.lease.board.holders:
            self.shop.ports.lease.lose("production")
            self.before = self.outside()

    def outside(self) -> Any:
        """What others see."""
        return list(self.shop.runtime.calls), dict(self.shop.git.origin.refs)  # type: ignore[union-attr]


@pytest.mark.parametrize("project", ["", AWAY])
def test_nothing_follows_a_lost_lease(tmp_path: Path, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost before each check and each effect in git, in turn: nothing that others see is done after that."""
    stolen = survived = 0
    for number in range(1, 60):
        board = FakeBoard()
        shop = Shop(tmp_path / str(number), SCORE, project, origin=FakeOrigin(), board=board)
        thief = Thief(shop, number)
        check = FakeLease.check
        with monkeypatch.context() as patch:
            patch.setattr(FakeLease, "check", lambda lease, thief=thief, check=check: (thief.step(), check(lease))[1])
            try:
                shop.apply(push=True)
            except LeaseLost:
                stolen += 1
                assert thief.outside() == thief.before
                continue
        if thief.left > 0:
            break
        survived += 1
        assert thief.before is None, "the run went on to its end without its lease"
    assert (stolen > 8, survived > 3) == (True, True), "before the lease is taken there is nothing to lose"


def test_a_lost_lease_ends_what_is_being_done_and_begins_nothing_more(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, AWAY, origin=FakeOrigin())
    lease = shop.ports.lease
    engine = shop.ports.engine("away")
    build = engine.images.build

    def losing(*arguments: Any) -> Any:
        lease.lose("production")
        return build(*arguments)

    engine.images.build = losing  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        shop.apply(push=True)
    assert (engine.images.built != [], shop.runtime.calls) == (True, [])


def test_all_others_are_let_in_when_a_run_fails(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    ada.runtime.fail_next()
    assert [outcome.status for outcome in ada.apply(push=True)][-1] == "failed"
    assert ada.ports.lease.board.holders == {}
    assert ben.plan() == []


def test_what_is_recorded_and_what_is_published_need_leases_too(tmp_path: Path) -> None:
    ada, _ = pair(tmp_path)
    world, plan = ada.look()
    assert (acting(plan.actions), recorded(world, ada.git, push=True)) == (set(), set())
    ada.git.append(CHAIN, {"models/other.json": b"{}\n"}, "{}")
    world, _ = ada.look()
    assert recorded(world, ada.git, push=True) == {"production"}
    assert recorded(world, ada.git, push=False) == set()
    del ada.git.refs[CHAIN], ada.git.refs[CHAIN.replace("mlspec", "mlspec-remote", 1)]
    world, _ = ada.look()
    assert recorded(world, ada.git, push=False) == {"production"}
    assert recorded(world, ada.git, push=False, only="staging") == set(), "what others do there is nothing to wait for"


@pytest.mark.parametrize(
    ("project", "shared"),
    [("", False), (CONTAINERS, False), (AWAY, True), (CONTAINERS.replace("docker", "swarm, bind: 0.0.0.0"), True)],
)
def test_others_reach_all_but_this_machines_own(tmp_path: Path, project: str, shared: bool) -> None:
    shop = Shop(tmp_path / "shop", SCORE, project)
    world = observe(shop.ports)
    assert is_shared(shop.ports, world, ["production"]) is shared
    assert not is_shared(shop.ports, world, [])


def test_a_fence_is_higher_than_all_that_was_seen(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    assert fences(observe(shop.ports), ["production", "staging"]) == {"production": 1, "staging": 0}
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.runtime.fail_next()
    shop.run()
    world = observe(shop.ports)
    assert world.actual.running[PLACE].fence == 1  # type: ignore[union-attr]
    assert fences(world, ["production"]) == {"production": 2}
    guard = Guard(shop.ports, "r")
    shop.ports.alone = FakeLeases()
    with guard.holding(world, ["production"], print):
        assert guard.held["production"].fence == 3


def test_waiting_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlspec.reconciler.guard._PATIENCE", 0.0)
    ada, ben = pair(tmp_path)
    hold(ada)
    said: list[str] = []
    guard = Guard(ben.ports, ben.git.head, shared=True)
    clock = ada.ports.lease.board.time
    passing = clock.sleep
    monkeypatch.setattr(clock, "sleep", lambda seconds: (time.sleep(0.001), passing(seconds)))
    with pytest.raises(LockHeld), guard.holding(observe(ben.ports), ["production"], said.append):
        pytest.fail("held")
    assert said == ["waiting for others to finish their work on production"]


def test_records_of_others_stop_no_push(tmp_path: Path) -> None:
    ada, ben = pair(tmp_path)
    for shop in (ada, ben):
        shop.git.append(PROJECT, {f"models/{shop.ports.host}.json": b"{}\n"}, "{}")
    ada.git.push("main")
    Guard(ben.ports, ben.git.head, shared=True).push("main")
    ada.git.fetch()
    assert {"models/ada.json", "models/ben.json"} <= ada.git.chain_files(PROJECT).keys()
