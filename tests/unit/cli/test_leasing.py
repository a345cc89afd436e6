"""A plan under leases: made again once nobody else can act, or not done at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.git import FakeOrigin
from fakes.leases import FakeLease
from fakes.shop import CONTAINERS, SCORE, Shop, pair
from fakes.wanted import PROJECT

from mlspec.cli import applying
from mlspec.cli.applying import Options, check, prepare, show
from mlspec.cli.carrying import conclude
from mlspec.cli.leasing import settled
from mlspec.cli.session import Look, look
from mlspec.domain.plan import Plan
from mlspec.errors import EXIT_DONE, LeaseLost, LockHeld, MlspecError, Superseded

AWAY = CONTAINERS.replace("docker}", "docker, context: away}")
PUSH = Options(environment="", push=True, only="", jobs=1, json="")
PLAIN = replace(PUSH, push=False)


@pytest.fixture(autouse=True)
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch is looked at in git itself."""
    monkeypatch.setattr(applying, "_check_branch", lambda *_, **__: None)


def seen(shop: Shop) -> Look:
    """What `apply` looks at."""
    return look(shop.ports, (), "")  # type: ignore[arg-type]


def whole(plan: Plan) -> Plan:
    return plan


def both_scale(folder: Path) -> tuple[Shop, Shop]:
    """Two who were asked for the same."""
    ada, ben = pair(folder)
    ada.edit("replicas: 1", "replicas: 2")
    ben.edit("replicas: 1", "replicas: 2")
    return ada, ben


def test_the_plan_is_made_again_once_nobody_else_can_act(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ada, ben = both_scale(tmp_path)
    first = seen(ben)
    ada.apply(push=True)
    assert len(first.plan.actions) > 0
    with settled(first, whole, PUSH, agreed=False) as work:
        assert [action.action for action in work.plan.actions if action.environment] == []
        assert list(work.guard.held) == ["production"]
    assert "Others acted meanwhile" in capsys.readouterr().err


def test_what_somebody_agreed_to_is_not_replaced(tmp_path: Path) -> None:
    ada, ben = both_scale(tmp_path)
    first = seen(ben)
    ada.apply(push=True)
    calls = list(ben.runtime.calls)
    with pytest.raises(LockHeld, match="the plan is another one now"):
        conclude(first, PUSH, agreed=True)
    assert (ben.runtime.calls, ben.ports.lease.board.holders) == (calls, {})


def test_what_is_as_it_was_agreed_is_done(tmp_path: Path) -> None:
    _, ben = both_scale(tmp_path)
    assert conclude(seen(ben), PUSH, exact=True, agreed=True) == EXIT_DONE
    assert [name for name in ben.ports.lease.effects if name.startswith("push")] == ["push main"]
    assert ben.ports.lease.effects[-1] == "release production"


def test_alone_nobody_is_asked(tmp_path: Path) -> None:
    _, ben = both_scale(tmp_path)
    ben.git.origin.down = True  # type: ignore[union-attr]
    options = prepare(ben.ports, PLAIN)  # type: ignore[arg-type]
    assert (options.reached, conclude(seen(ben), options)) == (False, EXIT_DONE)
    assert ben.ports.lease.effects == []


def test_leases_wait_until_all_is_trained(tmp_path: Path) -> None:
    ada, _ = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    with settled(seen(ada), whole, PUSH, agreed=False) as work:
        assert (work.trains, dict(work.guard.held)) == (True, {})
        assert work.environments == {"production"}


def test_training_alone_takes_no_lease(tmp_path: Path) -> None:
    ada, _ = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    effects = len(ada.ports.lease.effects)
    assert conclude(seen(ada), replace(PUSH, only="train")) == EXIT_DONE
    assert ada.ports.lease.effects[effects:] == ["push main"]


def test_an_environment_that_is_found_later_is_leased_too(tmp_path: Path) -> None:
    spec = SCORE.replace("deploy:\n", "deploy:\n  staging: {}\n")
    shop = Shop(tmp_path / "shop", spec, PROJECT, origin=FakeOrigin())
    shop.run()
    shop.edit("replicas: 1", "replicas: 2")
    shop.ports.process.kill(next(place for place in shop.ports.process.running if place.environment == "staging"))
    looks: list[Plan] = []

    def later(plan: Plan) -> Plan:
        """The first look sees one environment's actions only."""
        looks.append(plan)
        wanted = {"staging"} if len(looks) == 1 else {"staging", "production"}
        return replace(plan, actions=tuple(action for action in plan.actions if action.environment in wanted))

    shop.ports.lease.writer = None  # nothing to publish: the plan alone decides
    shop.git.push("main")
    with settled(seen(shop), later, PUSH, agreed=False) as work:
        assert sorted(work.guard.held) == ["production", "staging"]
        assert {action.environment for action in work.plan.actions} == {"production", "staging"}


@pytest.mark.parametrize(
    ("project", "options", "words"),
    [
        (AWAY, PLAIN, "it says who may act on production"),
        ("", PUSH, "nothing could be published"),
    ],
)
def test_an_origin_that_does_not_answer_is_said_before_anything_is_done(
    tmp_path: Path, project: str, options: Options, words: str
) -> None:
    ada, _ = pair(tmp_path, project)
    ada.edit("replicas: 1", "replicas: 2")
    ada.git.origin.down = True  # type: ignore[union-attr]
    options = prepare(ada.ports, options)  # type: ignore[arg-type]
    with pytest.raises(MlspecError, match=words):
        check(seen(ada), options)


def test_what_others_reach_is_published_unasked_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, ben = pair(tmp_path, AWAY)
    ada.edit("replicas: 1", "replicas: 2")
    now = seen(ada)
    show(now, PLAIN)
    assert "Others reach production, so this is published to origin first" in capsys.readouterr().err
    assert conclude(now, PLAIN) == EXIT_DONE
    ben.git.fetch()
    assert ben.git.head != ada.git.head
    assert ben.git.refs["refs/remotes/origin/main"] == ada.git.head


def test_a_lost_lease_ends_the_run_with_all_that_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, _ = pair(tmp_path)
    ada.edit("max_depth: 8", "max_depth: 9")
    checks: list[Any] = []
    usual = FakeLease.check

    def losing(lease: FakeLease) -> None:
        checks.append(lease)
        if len(checks) == 2:
            lease.leases.lose("production")
        usual(lease)

    monkeypatch.setattr(FakeLease, "check", losing)
    file = tmp_path / "out.json"
    with pytest.raises(LeaseLost):
        conclude(seen(ada), replace(PUSH, json=str(file)))
    told = {item["action"]: item["status"] for item in json.loads(file.read_text())["outcomes"]}
    assert told == {"compile": "done", "train": "done", "register": "done", "promote": "done", "deploy": "failed"}
    assert json.loads(file.read_text())["stopped"]["reason"] == "Held"


def test_a_run_that_a_newer_revision_stopped_says_so(tmp_path: Path) -> None:
    ada, ben = both_scale(tmp_path)
    first, board, file = seen(ben), ben.ports.lease.board, tmp_path / "out.json"
    ada.ports.lease.acquire("production", "of-ada")
    board.newer.add(("of-ada", first.world.head.commit))
    with pytest.raises(Superseded):
        conclude(first, replace(PUSH, json=str(file)))
    assert json.loads(file.read_text())["stopped"]["reason"] == "Superseded"
