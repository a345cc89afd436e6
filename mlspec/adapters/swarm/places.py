"""The places of a project in a swarm: finding their services, and removing all that they have."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.adapters.docker.client import label
from mlspec.adapters.swarm.belongings import Belongings
from mlspec.adapters.swarm.engine import Swarm
from mlspec.adapters.swarm.labels import place_of
from mlspec.adapters.swarm.names import (
    CANARY,
    FRONT,
    NAMINGS,
    SERVER,
    SPLIT,
    is_ours,
    mark,
    place_labels,
    trial_front_name,
    trial_name,
)
from mlspec.adapters.swarm.seen import Seen, running
from mlspec.adapters.swarm.view import View
from mlspec.domain.actual import Place, Running
from mlspec.errors import MlspecError


class Places:
    """What a project has in a swarm."""

    def __init__(self, swarm: Swarm, project: str) -> None:
        self._swarm = swarm
        self._project = project
        self._belongings = Belongings(swarm, project)

    def all(self) -> Iterator[Seen]:
        """Every place with a service: one listing of services, one of tasks."""
        services = {found["Spec"]["Name"]: found for found in self._swarm.services(self._project)}
        tasks = self._swarm.tasks([found["ID"] for found in services.values()])

        def view(name: str) -> View | None:
            if (found := services.get(name)) is None:
                return None
            return View(found, [task for task in tasks if task["ServiceID"] == found["ID"]])

        for place in sorted({place for found in services.values() if (place := place_of(found["Spec"]["Labels"]))}):
            left = trial_name(self._project, place) in services or trial_front_name(self._project, place) in services
            views = [view(naming(self._project, place)) for naming in NAMINGS.values()]
            if any(views):
                yield Seen(place, *views, left=left)

    def at(self, place: Place) -> Seen:
        """One place, looked for by the names of its services, should their labels be lost; only what is ours."""
        return Seen(place, *(self._own(place, role) for role in NAMINGS))

    def refuse_foreign(self, seen: Seen) -> None:
        """MlspecError where somebody else has a service of a name that we need."""
        missing = [naming for role, naming in NAMINGS.items() if seen.view(role) is None]
        for name in (naming(self._project, seen.place) for naming in missing):
            if self._swarm.find(name):
                raise MlspecError(
                    f"{seen.place}: there is a service {name} that is not mlspec's",
                    hint="rename or remove it; it was not touched",
                )

    def await_end(self, seen: Seen) -> None:
        """Wait for tasks of services that are not there any more."""
        for role in NAMINGS:
            if seen.view(role) is None:
                self._await_end(seen.place, role)

    def running(self, seen: Seen) -> Running:
        """What `observe` says of it."""
        return running(self._project, seen, self._swarm.host(seen.nodes))

    def clear(self, place: Place) -> None:
        """Remove the front, the servers, and what only they needed; both answer what they have before they end."""
        for role in (FRONT, SPLIT, CANARY, SERVER):
            if view := self._own(place, role):
                self._swarm.remove(view.service)
        self.await_end(Seen(place))
        for role in (FRONT, SPLIT):
            self.prune_configs(place, role)
        mine = (found["Spec"]["Labels"] for found in self._swarm.services(self._project))
        if place.environment not in {labels.get(label("environment")) for labels in mine}:
            self._belongings.drop_network(place.environment)

    def clear_canary(self, place: Place) -> None:
        """Remove what shares the requests out, and once nothing passes on any more, the canary's servers.

        A front leaves out what has lost its name, before the engine tells it to end; and that answers what it has.
        """
        for role in (SPLIT, CANARY):
            if view := self._own(place, role):
                self._swarm.remove(view.service)
            self._await_end(place, role)
        self.prune_configs(place, SPLIT)

    def prune_configs(self, place: Place, role: str, keep: str = "") -> None:
        """Remove the configs of a role but one of a name."""
        found = self._belongings.configs(place_labels(self._project, place, role))
        if stale := [identity for name, identity in found.items() if name != keep]:
            self._belongings.drop_configs(stale)

    def _await_end(self, place: Place, role: str) -> None:
        self._swarm.await_end(NAMINGS[role](self._project, place), mark(self._project, place, role))

    def _own(self, place: Place, role: str) -> View | None:
        found = self._swarm.find(NAMINGS[role](self._project, place))
        if found is None or not is_ours(found, self._project, place, role):
            return None
        return View(found, self._swarm.tasks([found["ID"]]))
