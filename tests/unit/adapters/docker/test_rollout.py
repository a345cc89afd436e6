"""A change looks again, right before it tells the front, whether a newer one has been there meanwhile."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from unit.adapters.docker.routes import PLACE, route, scene, seen_server, server

from mlspec.adapters.docker import rollout
from mlspec.adapters.docker.rollout import Rollout
from mlspec.adapters.docker.route import Share
from mlspec.errors import MlspecError
from mlspec.ports.runtime import Deployment

CANARY = Share("v1.1.0", {}, 0.1, 100.0, (server(7),))
WANTED = Deployment(PLACE, "v1.1.0", "sha256:a", "", {}, 1, 0, (), "r" * 40, fence=3, share=0.1, since=200.0)


class Engine:
    """Starts and removes whatever it is told to."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def start(self, *_: object) -> None:
        """Started."""

    def keep_running(self, *_: object) -> None:
        """Kept."""

    def remove(self, container: str, *_: object) -> None:
        self.removed.append(container)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An engine where a newer reconciler deploys after our first look; the front must not hear of what we wanted."""
    found = (scene(seen_server(), asked=route(fence=fence, canary=CANARY)) for fence in (2, 9))
    monkeypatch.setattr(rollout, "scene", lambda *_: next(found))
    monkeypatch.setattr(rollout, "make_order", lambda *_: SimpleNamespace(place=PLACE, probe=None, serve={}))
    monkeypatch.setattr(rollout, "have_network", lambda *_: "net")
    monkeypatch.setattr(rollout, "gate", lambda _, started, *__: tuple(started))
    monkeypatch.setattr(rollout.servers, "create", lambda *_: server(8))
    for told in ("check", "move", "note"):
        monkeypatch.setattr(rollout.fronts, told, unheard)
    return Engine()


def unheard(*_: object) -> None:
    raise AssertionError("the front was told")


def test_a_canary_that_got_ready_too_late_is_not_published(late: Any) -> None:
    with pytest.raises(MlspecError, match="a newer deployment is there: fence 9, not 3"):
        Rollout(late, Path("/"), 1.0).split(WANTED)
    assert late.removed == ["c8"]


def test_nor_is_one_withdrawn_that_a_newer_reconciler_has_put_there(late: Any) -> None:
    with pytest.raises(MlspecError, match="a newer deployment is there: fence 9, not 2"):
        Rollout(late, Path("/"), 1.0).withdraw(PLACE)
    assert late.removed == []


def test_nor_are_further_replicas_of_what_was_replaced_meanwhile(late: Any) -> None:
    with pytest.raises(MlspecError, match="a newer deployment is there: fence 9, not 2"):
        Rollout(late, Path("/"), 1.0).scale(PLACE, 2, {})
    assert late.removed == ["c8"]
