"""How far a service has come, by one look at it and its tasks."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.swarm_specs import front, server, task

from mlspec.adapters.swarm.view import View, trouble

SERVICE = server()


def many(*states: str) -> list[dict[str, Any]]:
    return [task(SERVICE, state, number=number) for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "update", "complete"),
    [
        (("running", "running"), "", True),
        (("running", "running"), "completed", True),
        (("running", "running"), "updating", False),
        (("running", "running"), "rollback_started", False),
        (("running", "starting"), "", False),
        (("running",), "", False),
        (("running", "running", "running"), "", False),
    ],
)
def test_complete_is_exactly_what_was_asked_for_at_rest(states: tuple[str, ...], update: str, complete: bool) -> None:
    assert View(server(update), many(*states)).complete is complete


def test_tasks_of_the_spec_before_do_not_count() -> None:
    old = [task(server(version="v0.9.0"), number=number) for number in range(2)]
    view = View(SERVICE, old)
    assert not view.complete
    assert (view.progress, len(view.running)) == ((0, 0), 2)
    assert View(SERVICE, [*old, task(SERVICE, "starting")]).progress == (0, 1)


def test_a_global_service_wants_a_task_on_each_node_and_at_least_one() -> None:
    service = front()
    assert not View(service, []).complete
    assert View(service, [task(service), task(service, number=1)]).complete
    assert not View(service, [task(service), task(service, "starting", number=1)]).complete


def test_tasks_that_ended_tell_most_when_they_failed() -> None:
    ended = [
        task(SERVICE, state, desired="shutdown", number=number)
        for number, state in enumerate(("failed", "rejected", "complete", "shutdown", "shutdown"))
    ]
    found = View(SERVICE, [*ended, task(SERVICE)]).ended
    assert [it["Status"]["State"] for it in found] == ["rejected", "failed", "complete", "shutdown", "shutdown"]
    assert [it["ID"] for it in found][-2:] == ["task-4", "task-3"]


def test_trouble_is_told_in_the_engines_words_where_it_has_any() -> None:
    assert trouble(task(SERVICE, "failed", Err="task: non-zero exit (3)")) == "task: non-zero exit (3)"
    assert trouble(task(SERVICE, "pending", Message="pending task scheduling")) == "pending task scheduling"
    assert "HEALTHCHECK" in trouble(task(SERVICE, "complete"))
    assert "HEALTHCHECK" in trouble(task(SERVICE, "starting"))


def test_an_image_is_pulled_while_a_task_is_prepared() -> None:
    assert View(SERVICE, many("running", "preparing")).pulling
    assert not View(SERVICE, many("running", "pending")).pulling
