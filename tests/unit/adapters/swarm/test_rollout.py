"""Waiting for a service: what an engine tells one look after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from fakes.swarm_specs import front, task

from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.rollout import Deadlines, NotReached, Rollout
from mlspec.adapters.swarm.view import View

FRONT = front()
AT_ONCE = Deadlines(ready=0.05, pull=0.05, glance=0.001)


class Telling:
    """An engine whose tasks are told look by look; the last answer stays."""

    def __init__(self, *looks: Sequence[dict[str, Any]]) -> None:
        self.looks = list(looks)
        self.updates = 0

    def find(self, _name: str) -> dict[str, Any]:
        return FRONT

    def tasks(self, _services: Sequence[str]) -> Sequence[dict[str, Any]]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def update(self, _service: dict[str, Any], _spec: dict[str, Any]) -> None:
        self.updates += 1

    def lines(self, _service: str, _count: int) -> list[str]:
        return []


def rollout(engine: Telling) -> Rollout:
    return Rollout(cast("Swarm", engine), AT_ONCE)


OLD, NEW = task(FRONT, number=1), task(FRONT, number=2)
ENDING = task(FRONT, "shutdown", desired="shutdown", number=1)


def test_a_task_that_the_engine_ends_a_moment_later_is_waited_out() -> None:
    """Someone's change is taken back before the engine has acted on it; it acts all the same, and then repairs it."""
    engine = Telling([OLD], [ENDING], [ENDING, task(FRONT, "starting", number=2)], [ENDING, NEW])
    view = View(FRONT, [OLD])
    assert rollout(engine).update(view, FRONT["Spec"], steady=0.001).running == [NEW]
    assert engine.updates == 1


def test_without_a_need_to_last_the_first_look_counts() -> None:
    engine = Telling([OLD], [ENDING])
    assert rollout(engine).update(View(FRONT, [OLD]), FRONT["Spec"]).running == [OLD]


def test_what_does_not_come_back_is_told() -> None:
    engine = Telling([OLD], [ENDING])
    with pytest.raises(NotReached, match="shutdown"):
        rollout(engine).update(View(FRONT, []), FRONT["Spec"], steady=0.001)
