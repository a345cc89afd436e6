"""A deployment, step by step: new servers beside the old, ready, traffic moved, the old drained and removed.

A crash after any step leaves what the next deployment finds: servers that nobody asks are adopted or removed by it,
and what the front's configuration says is what takes traffic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mlspec.adapters.docker import front as fronts
from mlspec.adapters.docker import servers
from mlspec.adapters.docker.engine import Engine
from mlspec.adapters.docker.gate import NotReady, gate
from mlspec.adapters.docker.network import have_network
from mlspec.adapters.docker.order import Order, make_order
from mlspec.adapters.docker.publish import Publication
from mlspec.adapters.docker.reuse import reusable
from mlspec.adapters.docker.route import Route, Server, Share
from mlspec.adapters.docker.scene import Scene, scene
from mlspec.domain.actual import Place
from mlspec.domain.digest import JSON
from mlspec.errors import DeployFailed, MlspecError
from mlspec.ports.runtime import Deployment, startup_timeout


@dataclass(frozen=True, slots=True)
class Rollout:
    """Changes on one engine. `root` is where `environment.env_file` is looked for, `ready` is in seconds."""

    engine: Engine
    root: Path
    ready: float

    def deploy(self, wanted: Deployment) -> None:
        """Have exactly the deployment run; DeployFailed where it never gets ready: what ran before still runs."""
        here = scene(self.engine, wanted.place)
        _refuse_older(here, wanted.fence)
        order = make_order(self.engine, self.root, wanted, wanted.place)
        found = reusable(self.engine, here, wanted, order)
        if not found:
            self._tidy(here, in_a_hurry=True)
        network = have_network(self.engine, wanted.place.environment)
        failure = f"{wanted.place}: {wanted.version} did not become ready"
        with self._undone(failure, "what ran before still runs" if here.route else "") as started:
            found = found or self._started(order, network, wanted.replicas, started)
            self._publish(wanted, Publication(order, wanted.port, network), found, started)
        self._tidy(scene(self.engine, wanted.place))

    def split(self, wanted: Deployment) -> None:
        """Give a candidate its share, or copies, beside what runs; DeployFailed: never ready, nothing was changed."""
        here = scene(self.engine, wanted.place)
        _refuse_older(here, wanted.fence)
        order = make_order(self.engine, self.root, wanted, wanted.place)
        self._tidy(here, in_a_hurry=True)
        failure = f"{wanted.place}: {wanted.version} did not become ready"
        with self._undone(failure, "what ran before still runs") as started:
            network = have_network(self.engine, wanted.place.environment)
            found = self._started(order, network, wanted.replicas, started)
            canary = Share(wanted.version, wanted.serve, wanted.share, wanted.since, found, wanted.mirrored)
            self._shared(wanted.place, canary, started, wanted.fence)
        self._tidy(scene(self.engine, wanted.place))

    def withdraw(self, place: Place) -> None:
        """Have what runs answer everything again, and remove the canary."""
        here = scene(self.engine, place)
        if here.route is not None and here.route.canary is not None:
            self._shared(place, None, [], here.route.fence)
            self._tidy(scene(self.engine, place))

    def _shared(self, place: Place, canary: Share | None, started: list[Server], fence: int) -> None:
        now = scene(self.engine, place)
        _refuse_older(now, fence)
        if now.route is None or now.front is None or not now.front.is_up:
            raise MlspecError(f"nothing runs at {place} that a candidate could stand beside", hint="run it again")
        self._ask(now.front.container, now, replace(now.route, canary=canary, fence=fence), started)

    def scale(self, place: Place, replicas: int, serve: Mapping[str, JSON]) -> None:
        """More or fewer servers; those that stay are not touched."""
        here = scene(self.engine, place)
        if here.route is None or here.front is None or not here.front.is_up:
            raise MlspecError(f"nothing runs at {place}", hint="deploy it first")
        route = replace(here.route, replicas=replicas, serve=serve)
        failure = f"{place}: a further replica did not become ready"
        with self._undone(failure, "those that ran before still serve") as started:
            more = self._more(place, route, replicas - len(route.servers), started)
            _refuse_older(scene(self.engine, place), route.fence)
            self._ask(here.front.container, here, replace(route, servers=route.servers[:replicas] + more), started)
        self._tidy(scene(self.engine, place))

    def _more(self, place: Place, route: Route, number: int, started: list[Server]) -> tuple[Server, ...]:
        if number <= 0:
            return ()
        order = make_order(self.engine, self.root, route, place)
        return self._started(order, have_network(self.engine, place.environment), number, started)

    def _started(self, order: Order, network: str, number: int, started: list[Server]) -> tuple[Server, ...]:
        """So many new servers, all ready."""
        for _ in range(number):
            started.append(servers.create(self.engine, order, network))
            self.engine.start(started[-1].container, f"{order.place}: {started[-1].name} could not be started")
        ready = gate(self.engine, started, order.probe, startup_timeout(order.serve, self.ready))
        for server in ready:
            self.engine.keep_running(server.container)
        return ready

    def _publish(
        self, wanted: Deployment, publication: Publication, found: tuple[Server, ...], started: list[Server]
    ) -> None:
        """Move the traffic, by a front that is there or by a new one."""
        now = scene(self.engine, wanted.place)
        _refuse_older(now, wanted.fence)
        route = route_of(wanted, publication.order, found)
        if now.front and now.route and publication.is_by(now):
            route = replace(route, port=now.route.port, front=now.route.front)
            self._ask(now.front.container, now, route, started)
        else:
            publication.start(self.engine, now, self._located(route))

    def _ask(self, front: str, now: Scene, route: Route, started: list[Server]) -> None:
        """Have the front ask the route's servers; where it does that already, change what is written only."""
        before = now.route
        assert before is not None
        if before.settled and before.asked == route.asked and before.canary == route.canary:
            fronts.note(self.engine, front, replace(route, settled=True))
            return
        route = self._located(route)
        asked = {server.container for server in before.asked} - {server.container for server in route.asked}
        route = replace(route, previous=(*before.previous, *sorted(asked)))
        fronts.check(self.engine, front, now.place, route)
        started.clear()  # from here on it may ask them
        fronts.move(self.engine, front, now.place, route)

    def _located(self, route: Route) -> Route:
        """With the addresses that its servers have now."""
        located = replace(route, servers=self._found(route.servers))
        if route.canary is None:
            return located
        return replace(located, canary=replace(route.canary, servers=self._found(route.canary.servers)))

    def _found(self, asked: tuple[Server, ...]) -> tuple[Server, ...]:
        found = ((server, self.engine.inspect(server.container)) for server in asked)
        return tuple(servers.located(server, it) if it else server for server, it in found)

    def _tidy(self, found: Scene, *, in_a_hurry: bool = False) -> None:
        """Remove what takes no traffic. In a hurry it gets no time to end: somebody may wait for what comes next."""
        for item in found.leftovers:
            grace = fronts.GRACE if item.is_front else servers.GRACE
            self.engine.remove(item.container, 1 if in_a_hurry else grace)

    @contextmanager
    def _undone(self, failure: str, hint: str) -> Iterator[list[Server]]:
        """Remove the servers that the block put into the list, if it fails."""
        started: list[Server] = []
        try:
            yield started
        except (Exception, KeyboardInterrupt) as problem:
            with suppress(MlspecError):
                for server in started:
                    self.engine.remove(server.container, servers.GRACE)
            if isinstance(problem, NotReady):
                raise DeployFailed(f"{failure}: {problem.reason}", hint=hint, details=problem.lines) from None
            raise


def route_of(wanted: Deployment, order: Order, found: tuple[Server, ...]) -> Route:
    """What a front is to ask for a deployment, by the servers that were found ready."""
    return Route(
        version=wanted.version,
        artefact=wanted.artefact,
        serve=wanted.serve,
        replicas=wanted.replicas,
        revision=wanted.revision,
        fence=wanted.fence,
        image=order.image,
        image_id=order.image_id,
        bind=order.bind,
        port=wanted.port,
        servers=found,
    )


def _refuse_older(here: Scene, fence: int) -> None:
    if fence < here.fence:
        raise MlspecError(
            f"{here.place}: a newer deployment is there: fence {here.fence}, not {fence}",
            hint="another reconciler has taken over; run it again",
        )
