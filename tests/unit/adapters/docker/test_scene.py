"""A place as it is found, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from unit.adapters.docker.routes import PLACE, route, scene, seen_front, seen_server, server

from mlspec.adapters.docker.client import label
from mlspec.adapters.docker.haproxy import config
from mlspec.adapters.docker.observe import running
from mlspec.adapters.docker.route import Route
from mlspec.adapters.docker.scene import scene as look
from mlspec.domain.actual import Health


class Engine:
    """An engine that has these containers; a front's file is what its route says."""

    def __init__(self, routes: Mapping[str, Route | None], *servers: str, up: tuple[str, ...] = ()) -> None:
        self.routes = routes
        self.up = up
        self.all = [*routes, *servers]
        self.client = SimpleNamespace(api=SimpleNamespace(base_url="http+docker://localhost"))
        self.inspected: dict[str, Any] = {}

    def listed(self) -> list[dict[str, Any]]:
        return [self._found(name) for name in self.all]

    def read(self, container: str, _: str) -> str | None:
        made = self.routes[container]
        return None if made is None else config(made)

    def inspect(self, container: str) -> Any:
        return self.inspected.get(container)

    def _found(self, name: str) -> dict[str, Any]:
        labels = {"environment": PLACE.environment, "model": PLACE.model, "fence": "3"}
        labels["role"] = "front" if name in self.routes else "server"
        return {
            "Id": name,
            "Names": [f"/{name}"],
            "ImageID": "sha256:1",
            "Created": 1,
            "Ports": [],
            "Labels": {label(key): value for key, value in labels.items()},
            "State": "running" if name in self.up else "exited",
            "Status": "",
            "NetworkSettings": {"Networks": {}},
        }


def test_of_two_fronts_that_run_the_later_one_counts() -> None:
    engine: Any = Engine({"new": route(front=2), "old": route(front=1)}, up=("old", "new"))
    found = look(engine, PLACE)
    assert (found.front and found.front.container, found.leftovers) == ("new", [found.spare[0]])


def test_one_that_runs_counts_before_one_that_does_not() -> None:
    engine: Any = Engine({"new": route(front=2), "old": route(front=1)}, up=("old",))
    found = look(engine, PLACE)
    assert found.front is not None
    assert found.front.container == "old"


def test_a_front_without_a_route_does_not_count() -> None:
    engine: Any = Engine({"odd": None}, "c1", up=("odd", "c1"))
    found = look(engine, PLACE)
    assert (found.front, found.route, found.fence) == (None, None, 3)
    assert [item.container for item in found.leftovers] == ["odd", "c1"]


def test_servers_that_may_still_answer_are_no_leftovers() -> None:
    engine: Any = Engine({"front": route(previous=("c2",), settled=False)}, "c1", "c2", "c3", up=("front",))
    assert [item.container for item in look(engine, PLACE).leftovers] == ["c3"]


@pytest.mark.parametrize(
    ("states", "health", "reason"),
    [
        (["healthy", "healthy"], Health.HEALTHY, ""),
        (["healthy", "starting"], Health.PROGRESSING, "1 of 2 servers are being started again"),
        (["healthy", "unhealthy"], Health.DEGRADED, "1 of 2 servers are down"),
        (["healthy", "exited"], Health.DEGRADED, "1 of 2 servers are down"),
        (["exited", "exited"], Health.MISSING, "2 of 2 servers are down"),
        (["healthy", "restarting"], Health.PROGRESSING, "1 of 2 servers are being started again"),
    ],
)
def test_how_a_place_is_doing(states: list[str], health: Health, reason: str) -> None:
    engine: Any = Engine({})
    engine.inspected = {f"c{n}": {"State": {"StartedAt": "later"}, "RestartCount": 1} for n in (1, 2)}
    changes = [{"state": state} if state in {"exited", "restarting"} else {"health": state} for state in states]
    servers = [seen_server(number, **change) for number, change in enumerate(changes, 1)]
    told = running(engine, scene(*servers, asked=route(2)))
    assert (told.health, told.reason) == (health, reason)
    assert told.endpoint == "http://127.0.0.1:20001"


def test_one_that_mlspec_found_ready_is_healthy_before_the_engine_has_looked() -> None:
    engine: Any = Engine({})
    engine.inspected = {"c1": {"State": {"StartedAt": server().started}}}
    assert running(engine, scene(seen_server(health="starting"))).health is Health.HEALTHY


def test_one_that_ends_again_and_again_is_down() -> None:
    engine: Any = Engine({})
    engine.inspected = {"c1": {"RestartCount": 5}}
    assert running(engine, scene(seen_server(state="restarting"))).health is Health.DEGRADED


def test_without_a_front_labels_tell() -> None:
    engine: Any = Engine({})
    made = replace(scene(seen_server(1), seen_server(2)), front=None, route=None)
    told = running(engine, made)
    assert (told.version, told.health, told.replicas, told.fence) == ("v1.0.0", Health.MISSING, 2, 1)
    assert (told.drift, told.serve, told.endpoint) == ("the front is gone", {}, "")


def test_a_front_that_is_down_takes_no_requests() -> None:
    engine: Any = Engine({})
    told = running(engine, scene(seen_server(), front=seen_front(state="exited")))
    assert (told.health, told.reason) == (Health.MISSING, "the front does not run")
