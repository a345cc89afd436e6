"""The log lines of a service, as the engine tells them: each with its time and the task that wrote it; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TASK: Final = "com.docker.swarm.task.id="


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line; the times of the engine have one length, so that their order is that of their text."""

    time: str
    task: str
    text: str


def parse(lines: Iterable[str]) -> list[Line]:
    """From `TIME KEY=VALUE,… TEXT`, in the order of time; the lines of one moment in the order that they came."""
    found = []
    for line in lines:
        time, _, rest = line.partition(" ")
        details, _, text = rest.partition(" ")
        task = next((word.removeprefix(_TASK) for word in details.split(",") if word.startswith(_TASK)), "")
        found.append(Line(time, task, text))
    return sorted(found, key=lambda line: line.time)
