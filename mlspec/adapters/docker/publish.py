"""A new front where there is none, or where the one that is there can't stay: its image, address or port changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from mlspec.adapters.docker.drift import of_front
from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.front import GRACE, make_front, start_front
from mlspec.adapters.docker.order import Order, proxy_of
from mlspec.adapters.docker.published import candidates, explained_port, is_computed, is_taken
from mlspec.adapters.docker.route import Route
from mlspec.adapters.docker.scene import Scene
from mlspec.errors import MlspecError

BRIEF = 1
"""Seconds that a front gets to end which has the port of its successor: meanwhile nobody listens."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a front shall publish. `port` is what the spec names, 0 for a computed one; `network` the servers'."""

    order: Order
    port: int
    network: str

    def is_by(self, scene: Scene) -> bool:
        """Whether the front that is there will do."""
        front, route = scene.front, scene.route
        if front is None or route is None or any(of_front(scene)) or self.network not in front.networks:
            return False
        suits = route.port == self.port or (not self.port and is_computed(route.port))
        return suits and (route.bind, proxy_of(route.serve)) == (self.order.bind, proxy_of(self.order.serve))

    def start(self, engine: Engine, scene: Scene, route: Route) -> None:
        """A front for the route, on the first port that is free. The old one is left where the ports differ."""
        before, number = (scene.route.port, scene.route.front + 1) if scene.route else (0, 1)
        ports = list(candidates(engine.project, self.order.place, self.port, before))
        for port in ports:
            try:
                self._on(engine, scene, replace(route, port=port, front=number))
            except MlspecError as refusal:
                if not is_taken(refusal) or port == ports[-1]:
                    raise explained_port(refusal, self.order.place, self.order.bind, port) from refusal
            else:
                return

    def _on(self, engine: Engine, scene: Scene, route: Route) -> None:
        """One port. A front of ours that has it now must leave it first; it comes back if its successor fails."""
        place = self.order.place
        front = make_front(engine, place, self.order.proxy_id, self.network, route)
        holders = [it for it in scene.fronts if it.is_up and route.port in {port for _, port in it.ports}]
        try:
            for holder in holders:
                engine.stop(holder.container, BRIEF)
            start_front(engine, front, place, route)
        except BaseException:
            with suppress(MlspecError):
                engine.remove(front, GRACE)
                for holder in holders:
                    engine.start(holder.container, f"{place}: the front before could not be started again")
            raise
