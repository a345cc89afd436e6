"""Making a service what it shall be, and waiting for it: with the engine's own rollback, and a deadline of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from mlspec.adapters.docker.client import PREFIX
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.journal import Line, parse
from mlspec.adapters.swarm.names import mark_of
from mlspec.adapters.swarm.template import Spec
from mlspec.adapters.swarm.view import STUCK, Task, View, trouble
from mlspec.errors import MlspecError

LINES: Final = 20
"""Log lines that are shown of a task that failed."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: for one more task to become healthy, for nodes to pull an image, and between two looks."""

    ready: float = 60.0
    pull: float = 900.0
    glance: float = 0.2


class NotReached(Exception):
    """A service did not become what was asked for: `reason` in the engine's words, the last lines of the task."""

    def __init__(self, reason: str, lines: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lines = lines


class Rollout:
    """Changes one service after the other, each until it is there or back where it was."""

    def __init__(self, swarm: Swarm, deadlines: Deadlines) -> None:
        self._swarm = swarm
        self._deadlines = deadlines

    def look(self, service: dict[str, Any] | None) -> View | None:
        """A service that was just looked at, with its tasks."""
        return View(service, self._swarm.tasks([service["ID"]])) if service else None

    def settled(self, view: View) -> View:
        """The same once no update of an earlier mlspec, or of somebody else, is under way."""
        if not view.moving:
            return view
        after, late = self._wait(view.service["ID"], lambda now: not now.moving)
        return self._turned_back(after) if late else after

    def create(self, spec: Spec, steady: float = 0.0) -> View:
        """A new service; NotReached, with nothing left of it, when a task fails or none becomes healthy in time.

        `steady`: seconds that tasks without a HEALTHCHECK, which run as soon as they are started, have to last.
        """
        identity = self._swarm.create(spec)
        view, _ = self._lasting(identity, lambda now: now.complete or bool(now.ended), steady)
        if view.complete and not view.ended:
            return view
        failure = self.failure(view)
        self._swarm.remove(view.service)
        self._swarm.await_end(spec["Name"], mark_of(spec["TaskTemplate"]))
        raise failure

    def update(self, view: View, spec: Spec, steady: float = 0.0) -> View:
        """A service that is there; NotReached, with the engine's rollback done, when it does not get there.

        `steady`: as in `create`; and where a change by somebody else is undone, for as long the engine may take to
        notice, and end a task for the sake of what was just taken back.
        """
        service = dict(view.service)
        self._swarm.update(service, spec)
        after, late = self._lasting(service["ID"], lambda now: _is_there(now, spec) or _gave_up(now, spec), steady)
        if _is_there(after, spec):
            return after
        failure = self.failure(after, {task["ID"] for task in view.tasks})
        if late:
            self._turned_back(after)
        raise failure

    def _turned_back(self, view: View) -> View:
        """Put the previous spec back ourselves: a task that takes for ever to start is no failure to the engine."""
        service = self._swarm.find(view.service["ID"])
        if service and (previous := service.get("PreviousSpec")):
            self._swarm.update(service, previous)
        after, _ = self._wait(view.service["ID"], lambda now: not now.moving and now.complete)
        return after

    def _lasting(self, identity: str, over: Callable[[View], bool], steady: float) -> tuple[View, bool]:
        """Wait until it is over, and is so still after some seconds more."""
        found = self._wait(identity, over)
        if steady and not found[1]:
            time.sleep(steady)
            found = self._wait(identity, over)
        return found

    def _wait(self, identity: str, over: Callable[[View], bool]) -> tuple[View, bool]:
        """Look until it is over, or until nothing got better for too long; whether it was the latter."""
        reached, since = (-1, -1), time.monotonic()
        while True:
            # In this order: an update begins with the service, so that tasks that are done don't hide it.
            tasks, service = self._swarm.tasks([identity]), self._swarm.find(identity)
            if service is None:
                raise MlspecError("the service was removed meanwhile", hint="run it again")
            view = View(service, tasks)
            if over(view):
                return view, False
            if view.progress > reached:
                reached, since = view.progress, time.monotonic()
            patience = self._deadlines.pull if view.pulling else self._deadlines.ready
            if time.monotonic() - since > patience:
                return view, True
            time.sleep(self._deadlines.glance)

    def failure(self, view: View, before: Collection[str] = ()) -> NotReached:
        """Of the tasks that were not there before, the one that says most."""
        fresh = View(view.service, [task for task in view.tasks if task["ID"] not in before])
        waiting = [task for task in fresh.due if task not in fresh.running]
        suspects: list[Task] = fresh.ended or sorted(waiting, key=lambda task: not task["Status"].get("Err"))
        if not suspects:
            return NotReached(view.message or "its tasks did not become healthy in time", ())
        return NotReached(trouble(suspects[0]), self._last_lines(view, str(suspects[0]["ID"])))

    def _last_lines(self, view: View, task: str) -> tuple[str, ...]:
        def own(line: Line) -> bool:
            return line.task == task

        found = parse(self._swarm.lines(view.service["ID"], LINES))
        return tuple(line.text for line in filter(own, found))[-LINES:]


def _is_asked(view: View, spec: Spec) -> bool:
    asked = {name: value for name, value in spec["Labels"].items() if name.startswith(PREFIX)}
    return bool(asked.items() <= (view.service["Spec"]["Labels"] or {}).items())


def _is_there(view: View, spec: Spec) -> bool:
    return _is_asked(view, spec) and view.complete


def _gave_up(view: View, spec: Spec) -> bool:
    return view.state in STUCK or (not view.moving and not _is_asked(view, spec))
