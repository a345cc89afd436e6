"""A run that dies before or after any of its effects is repaired by running again, and nothing is trained twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.shop import SCORE, Shop


class Death(BaseException):
    """SIGKILL, as far as a test in one process can have it."""


def die_at(shop: Shop, number: int, *, after: bool) -> None:
    """Let the writer's effect with this number be the last, done or not; who is dead cleans nothing up."""
    effect: Callable[..., Any] = shop.git._effect
    left = itertools.count(number, -1)

    def dying(name: str, do: Callable[[], Any]) -> Any:
        now = next(left)
        if now < 0 or (now == 0 and not after):
            raise Death
        done = effect(name, do)
        if now == 0:
            raise Death
        return done

    shop.git._effect = dying  # type: ignore[method-assign]


def run_dying(shop: Shop, number: int, *, after: bool) -> bool:
    """Whether a run with a death in it died."""
    die_at(shop, number, after=after)
    try:
        shop.run()
    except Death:
        return True
    finally:
        del shop.git._effect  # type: ignore[method-assign]
    return False


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(6))
def test_a_first_run_that_dies(tmp_path: Path, number: int, after: bool) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    assert run_dying(shop, number, after=after)
    shop.run()
    assert (shop.plan(), shop.serves(), shop.trainings) == ([], "v0.1.0", 1)
    assert [training.version for training in shop.history.trainings] == ["v0.1.0"]
    assert (sorted(shop.tags), shop.git.snapshot().dirty) == (*(["wine#production#1", "wine@v0.1.0"], frozenset()),)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(5))
def test_a_retraining_that_dies(tmp_path: Path, number: int, after: bool) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    assert run_dying(shop, number, after=after)
    assert shop.serves() in {"v0.1.0", "v0.2.0"}
    shop.run()
    assert (shop.plan(), shop.serves(), shop.trainings) == ([], "v0.2.0", 2)
    assert [training.version for training in shop.history.trainings] == ["v0.1.0", "v0.2.0"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(2))
def test_a_held_training_that_dies(tmp_path: Path, number: int, after: bool) -> None:
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    shop.edit("score: 0.9", "score: 0.5")
    assert run_dying(shop, number, after=after)
    shop.run()
    assert (shop.plan(), shop.serves(), shop.git.snapshot().dirty) == (["(GateFailed:)"], "v0.1.0", frozenset())


@pytest.mark.parametrize("number", range(3))
def test_a_rollback_that_dies(tmp_path: Path, number: int) -> None:
    """A rollout fails, and the run dies while it is written down and the stage given back."""
    shop = Shop(tmp_path / "shop", SCORE)
    shop.run()
    shop.edit("max_depth: 8", "max_depth: 9")
    shop.ports.process.fail_next()
    die_at(shop, 4 + number, after=False)
    with pytest.raises(Death):
        shop.run()
    del shop.git._effect  # type: ignore[method-assign]
    shop.ports.process.fail_next()
    shop.run()
    assert (shop.serves(), [line for line in shop.plan() if not line.startswith("(")]) == ("v0.1.0", [])
