"""Explanations: only where something trains, only what is at hand and true, and within their bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.shop import Shop

from mlspec.domain.plan import Action, ActionKind, Plan
from mlspec.reconciler import explaining
from mlspec.reconciler.explaining import explain
from mlspec.reconciler.world import World

OLD, NEW = b"alcohol,cultivar\n13,1\n", b"alcohol,cultivar\n13,1\n14,2\n"


class Hand:
    """Contents by digest; what was asked for is counted."""

    def __init__(self, *contents: bytes | None) -> None:
        self.contents = list(contents)
        self.asked = 0

    def behind(self, digest: str) -> bytes | None:  # noqa: ARG002
        self.asked += 1
        return self.contents.pop(0) if self.contents else None

    def now(self, path: str) -> bytes | None:
        return self.behind(path)

    def code(self, commit: str, path: str) -> bytes | None:  # noqa: ARG002
        return self.behind(path)


@pytest.fixture
def changed(tmp_path: Path) -> tuple[World, Plan]:
    """A model whose data has a row more than what it was trained on."""
    shop = Shop(tmp_path / "shop")
    shop.run()
    shop.commit({"data/wine.csv": NEW.decode()})
    return shop.look()


def told(plan: Plan) -> list[tuple[str, ...]]:
    return [reason.details for action in plan.actions for reason in action.because if reason.details]


def test_what_is_at_hand_is_told(changed: tuple[World, Plan]) -> None:
    world, plan = changed
    found = explain(plan, world, Hand(OLD, NEW))
    assert told(found) == [("rows: 1 added (1 before, 2 now)",)]
    assert found == plan, "a plan is known by its reasons, not by what they say more"


@pytest.mark.parametrize("hand", [Hand(), Hand(OLD), Hand(b"\xff", NEW)])
def test_what_is_not_at_hand_is_left(changed: tuple[World, Plan], hand: Hand) -> None:
    world, plan = changed
    assert told(explain(plan, world, hand)) == []


def test_nothing_is_asked_for_where_nothing_trains(changed: tuple[World, Plan]) -> None:
    world, plan = changed
    hand = Hand(OLD, NEW)
    rest = replace(plan, actions=tuple(item for item in plan.actions if item.action is not ActionKind.TRAIN))
    assert explain(rest, world, hand) is rest
    assert hand.asked == 0


def test_a_model_that_was_never_trained_has_no_former_contents(changed: tuple[World, Plan]) -> None:
    world, plan = changed
    hand = Hand(OLD, NEW)
    first = replace(world, actual=replace(world.actual, models={}))
    assert told(explain(plan, first, hand)) == []
    assert hand.asked == 0


def test_explanations_end_when_their_time_is_over(changed: tuple[World, Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    world, plan = changed
    monkeypatch.setattr(explaining, "_SECONDS", -1.0)
    assert told(explain(plan, world, Hand(OLD, NEW))) == []


def test_only_so_many_models_are_explained(changed: tuple[World, Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    world, plan = changed
    monkeypatch.setattr(explaining, "_MODELS", 0)
    assert told(explain(plan, world, Hand(OLD, NEW))) == []


def test_only_so_many_lines_are_told(changed: tuple[World, Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    world, plan = changed
    monkeypatch.setattr(explaining, "_LINES", 1)
    found = explain(plan, world, Hand(OLD, b"alcohol,kind\n14,2\n"))
    assert told(found) == [("1 column added: kind", "and 2 more")]


def test_other_actions_stay_as_they_are(changed: tuple[World, Plan]) -> None:
    world, plan = changed
    more = replace(plan, actions=(*plan.actions, Action(ActionKind.BUILD, "wine", "production")))
    assert explain(more, world, Hand(OLD, NEW)).actions[-1] is more.actions[-1]
