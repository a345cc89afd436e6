"""What a place is, from its services and tasks."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.swarm_specs import PLACE, SERVE, front, server, task

from mlspec.adapters.swarm.seen import Seen, running
from mlspec.adapters.swarm.view import View
from mlspec.domain.actual import Health, Running


def look(state: str = "", *states: str, front_states: tuple[str, ...] = ("running",), **more: Any) -> Running:
    service, before = server(state), front()
    tasks = [task(service, it, number=number, **more) for number, it in enumerate(states or ("running", "running"))]
    fronts = [task(before, it, number=number) for number, it in enumerate(front_states)]
    return running("shop", Seen(PLACE, View(service, tasks), View(before, fronts)), "127.0.0.1")


def test_all_that_was_deployed_is_told() -> None:
    assert look() == Running(
        place=PLACE,
        version="v1.0.0",
        artefact="sha256:a",
        serve=SERVE,
        replicas=2,
        health=Health.HEALTHY,
        endpoint="http://127.0.0.1:20001",
        revision="r" * 40,
        fence=7,
    )


@pytest.mark.parametrize(
    ("found", "health", "reason"),
    [
        (look("updating"), Health.PROGRESSING, "it is updating"),
        (look("rollback_started"), Health.PROGRESSING, "it is rollback_started"),
        (look("rollback_completed"), Health.HEALTHY, ""),
        (look("paused"), Health.DEGRADED, "the engine stopped: it is paused"),
        (look("rollback_paused"), Health.DEGRADED, "the engine stopped: it is rollback_paused"),
        (look("", "running", "starting"), Health.DEGRADED, "1 of 2 replicas run"),
        (look("", "pending", "pending", Err="no node"), Health.DEGRADED, "0 of 2 replicas run: no node"),
        (look("", "running", "running", front_states=("starting",)), Health.DEGRADED, "0 of 1 of its fronts run"),
    ],
)
def test_health_is_what_tasks_and_updates_say(found: Running, health: Health, reason: str) -> None:
    assert (found.health, found.reason, found.drift) == (health, reason, "")


def test_servers_without_a_front_serve_nobody() -> None:
    service = server()
    found = running("shop", Seen(PLACE, View(service, [task(service)])), "127.0.0.1")
    assert (found.health, found.endpoint, found.drift) == (Health.MISSING, "", "its front is missing")
    assert found.version == "v1.0.0"


def test_a_front_without_servers_is_told_so_that_somebody_puts_it_right() -> None:
    found = running("shop", Seen(PLACE, None, View(front(), [])), "127.0.0.1")
    assert (found.health, found.version, found.drift) == (Health.MISSING, "", "its service was removed")


def test_spoilt_labels_are_drift() -> None:
    service = server()
    del service["Spec"]["Labels"]["io.mlspec.serve"]
    found = running("shop", Seen(PLACE, View(service, [task(service)]), View(front(), [])), "127.0.0.1")
    assert (found.version, found.serve, found.drift) == ("v1.0.0", {}, "its labels were removed or changed")


def test_the_port_is_the_fronts_or_the_one_it_had() -> None:
    assert Seen(PLACE, View(server(), []), View(front(27_000), [])).port == 27_000
    assert Seen(PLACE, View(server(), [])).port == 20_001
    assert Seen(PLACE).port == 0


def test_a_trial_that_was_left_is_drift() -> None:
    service = server()
    made = Seen(PLACE, View(service, [task(service)]), View(front(), [task(front())]), left=True)
    assert running("shop", made, "127.0.0.1").drift.startswith("a trial is left of an interrupted deployment")
