"""One look at a service and its tasks: how far it has come; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOVING: Final = frozenset({"updating", "rollback_started"})
STUCK: Final = frozenset({"paused", "rollback_paused"})
ENDED: Final = frozenset({"failed", "rejected", "complete", "shutdown", "orphaned", "remove"})
TELLING: Final = {"failed": 0, "rejected": 0, "complete": 1}
COMING: Final = frozenset({"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready"})
"""States of a task before its container is started; the image is pulled in `preparing`."""

_WORDS: Final = {
    "starting": "it was still starting, its HEALTHCHECK had not passed",
    "complete": "its HEALTHCHECK never passed, or its server ended by itself",
}
"""Where the engine says "starting" and "finished" only."""

Task = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A service as the engine tells it, and all its tasks."""

    service: Mapping[str, Any]
    tasks: Sequence[Task]

    @property
    def state(self) -> str:
        """Where the last update or rollback is: `updating`, `completed`, `rollback_completed`… or nothing."""
        return str((self.service.get("UpdateStatus") or {}).get("State", ""))

    @property
    def message(self) -> str:
        """What the engine says of the last update."""
        return str((self.service.get("UpdateStatus") or {}).get("Message", ""))

    @property
    def moving(self) -> bool:
        """Whether the engine is replacing tasks."""
        return self.state in MOVING

    @property
    def wanted(self) -> int:
        """How many tasks there should be; a global service has one for each node."""
        mode = self.service["Spec"]["Mode"]
        if "Replicated" in mode:
            return int(mode["Replicated"].get("Replicas", 0))
        return max(1, len(self.due))

    @property
    def due(self) -> list[Task]:
        """The tasks that are to run."""
        return [task for task in self.tasks if task["DesiredState"] in {"running", "ready"}]

    @property
    def running(self) -> list[Task]:
        """The tasks that run and are healthy: until the HEALTHCHECK passes they are `starting`."""
        return [task for task in self.due if task["Status"]["State"] == "running"]

    @property
    def complete(self) -> bool:
        """Whether exactly what the spec says runs."""
        current = [task for task in self.running if self._is_current(task)]
        return not self.moving and len(current) == len(self.due) == self.wanted

    @property
    def ended(self) -> list[Task]:
        """Tasks that are over: those that failed, those that ended by themselves, then others; the newest first."""
        over = [task for task in self.tasks if task["Status"]["State"] in ENDED]
        newest = sorted(over, key=lambda task: str(task["CreatedAt"]), reverse=True)
        return sorted(newest, key=lambda task: TELLING.get(task["Status"]["State"], 2))

    @property
    def progress(self) -> tuple[int, int]:
        """How many tasks are up to date and healthy, and how many were started at all."""
        current = [task["Status"]["State"] for task in self.due if self._is_current(task)]
        return current.count("running"), sum(state not in COMING for state in current)

    @property
    def pulling(self) -> bool:
        """Whether a node is getting the image."""
        return any(task["Status"]["State"] == "preparing" for task in self.due)

    def _is_current(self, task: Task) -> bool:
        template = self.service["Spec"]["TaskTemplate"]
        parts = ("ContainerSpec", "Resources", "Placement", "Networks", "ForceUpdate")
        return all((task["Spec"].get(part) or None) == (template.get(part) or None) for part in parts)


def trouble(task: Task) -> str:
    """What is the matter with a task, in the engine's words."""
    status = task["Status"]
    if words := _WORDS.get(status["State"]):
        return words
    return str(status.get("Err") or status.get("Message") or status["State"])
