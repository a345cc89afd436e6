"""A place as it is found: its front, what that asks, its servers, and what does not belong there any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.front import read_route
from mlspec.adapters.docker.route import Route
from mlspec.adapters.docker.seen import Seen, seen
from mlspec.domain.actual import Place


@dataclass(frozen=True, slots=True)
class Scene:
    """All containers of a place. `front` is the one that counts, `route` what it asks; None: nothing takes traffic."""

    place: Place
    front: Seen | None = None
    route: Route | None = None
    servers: Mapping[str, Seen] = field(default_factory=dict)
    """by id, the oldest first"""
    spare: tuple[Seen, ...] = ()
    """further fronts"""

    @property
    def serving(self) -> list[Seen]:
        """The servers of the route that are there."""
        named = self.route.servers if self.route else ()
        return [self.servers[server.container] for server in named if server.container in self.servers]

    @property
    def fronts(self) -> list[Seen]:
        """All fronts."""
        return [*([self.front] if self.front else ()), *self.spare]

    @property
    def leftovers(self) -> list[Seen]:
        """Servers that take no traffic for sure, and fronts that do not count."""
        route = self.route
        idle = [it for it in self.servers.values() if route is None or not route.protects(it.container)]
        return [*self.spare, *idle]

    @property
    def fence(self) -> int:
        """The highest that was ever deployed here, as far as anything tells."""
        return self.route.fence if self.route else max((it.fence for it in self.servers.values()), default=0)


def all_scenes(engine: Engine) -> Iterator[Scene]:
    """Every place of the project that has containers."""
    by_place: dict[Place, list[Seen]] = {}
    for item in seen(engine.listed()):
        by_place.setdefault(item.place, []).append(item)
    for place in sorted(by_place):
        yield _scene(engine, place, by_place[place])


def scene(engine: Engine, place: Place) -> Scene:
    """One place."""
    return _scene(engine, place, [item for item in seen(engine.listed()) if item.place == place])


def _scene(engine: Engine, place: Place, items: Sequence[Seen]) -> Scene:
    """The front that counts is one with a route: rather one that runs, then the latest."""
    servers = {item.container: item for item in items if not item.is_front}
    fronts = [item for item in items if item.is_front]
    told = [(item, route) for item in fronts if (route := read_route(engine, item.container))]
    if not told:
        return Scene(place, None, None, servers, tuple(fronts))
    front, route = max(told, key=lambda pair: (pair[0].is_up, pair[1].front))
    return Scene(place, front, route, servers, tuple(item for item in fronts if item is not front))
