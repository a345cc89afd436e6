"""What somebody did, in words."""

from __future__ import annotations

from typing import Any

import pytest
from unit.adapters.docker.routes import PLACE, route, scene, seen_front, seen_server

from mlspec.adapters.docker.drift import drift
from mlspec.adapters.docker.scene import Scene

NAME = "mlspec-shop-production-wine-555555555555-1-1"


def test_all_is_well() -> None:
    assert drift(scene(seen_server(1), seen_server(2), asked=route(2))) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "exited"}, f"{NAME} was stopped"),
        ({"state": "created"}, f"{NAME} was never started"),
        ({"state": "paused"}, f"{NAME} was paused"),
        ({"health": "unhealthy"}, f"{NAME} is unhealthy"),
        ({"image_id": "sha256:9"}, f"{NAME} runs another image"),
        ({"name": "mine"}, f"{NAME} was renamed mine"),
        ({"networks": frozenset({"other"})}, f"{NAME} is not in the front's network"),
        ({"state": "restarting"}, ""),
        ({"health": "starting"}, ""),
    ],
)
def test_a_server(change: dict[str, Any], words: str) -> None:
    assert drift(scene(seen_server(1, **change))) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "exited"}, "the front mlspec-shop-production-wine-front was stopped"),
        (
            {"ports": frozenset({("127.0.0.1", 1)})},
            "the front mlspec-shop-production-wine-front does not publish port 20001",
        ),
        ({"state": "restarting", "ports": frozenset()}, ""),
    ],
)
def test_the_front(change: dict[str, Any], words: str) -> None:
    assert drift(scene(seen_server(), front=seen_front(**change))) == words


def test_another_container_under_its_name_is_not_it() -> None:
    other = seen_server(1, container="other")
    assert drift(scene(other)) == f"{NAME} was removed (and 1 more)"


def test_what_a_crash_left() -> None:
    assert drift(scene(seen_server(1), seen_server(2))).endswith("-2 is left of an interrupted deployment")
    between = route(previous=("c2",), settled=False)
    assert drift(scene(seen_server(1), seen_server(2), asked=between)) == (
        "an interrupted deployment left the traffic between two versions"
    )


def test_without_a_front() -> None:
    only = seen_server()
    assert drift(Scene(PLACE, None, None, {only.container: only})) == "the front is gone"
    assert drift(Scene(PLACE, None, None, {}, (seen_front(),))) == "only a front is left"
