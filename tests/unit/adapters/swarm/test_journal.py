"""Log lines of a service."""

from __future__ import annotations

from mlspec.adapters.swarm.journal import Line, parse

DETAILS = "com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t{}"


def test_lines_are_in_the_order_of_time_and_know_their_task() -> None:
    found = parse(
        [
            f"2026-01-01T00:00:02.000000000Z {DETAILS.format(1)} the last words",
            f"2026-01-01T00:00:01.000000000Z {DETAILS.format(2)} a  b ",
            f"2026-01-01T00:00:01.000000000Z {DETAILS.format(1)} ",
        ]
    )
    assert [(line.task, line.text) for line in found] == [("t2", "a  b "), ("t1", ""), ("t1", "the last words")]


def test_a_line_in_another_form_is_a_line_all_the_same() -> None:
    assert parse(["warning: incomplete"]) == [Line("warning:", "", "")]
