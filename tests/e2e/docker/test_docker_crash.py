"""Deaths before every effect of a deployment: the old one answers on, and running again leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from e2e.docker.target import Target, answered
from fakes.containers import deployment
from fakes.engine import labelled
from fakes.load import Load, load
from fakes.processes import PLACE, get

from mlspec.adapters.docker.engine import Engine
from mlspec.domain.actual import Running
from mlspec.ports.runtime import Deployment

pytestmark = pytest.mark.slow

EFFECTS = ("create", "start", "keep_running", "remove", "stop", "signal", "write", "make_network", "remove_network")


class Died(BaseException):
    """Nothing of ours runs any more."""


class Mortal:
    """Counts the effects of everything on the engine; before the one that is named, and ever after, there are none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.last = -1
        for name in EFFECTS:
            monkeypatch.setattr(Engine, name, self._counted(name, getattr(Engine, name)))

    def _counted(self, name: str, effect: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            if len(self.done) == self.last:
                raise Died
            self.done.append(name)
            return effect(*args, **kwargs)

        return counted

    def before(self, number: int) -> None:
        """Die before the effect of this number, from 0; -1: live for ever."""
        self.done, self.last = [], number


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Mortal:
    return Mortal(monkeypatch)


def dies_everywhere(
    target: Target, mortal: Mortal, wanted: Callable[[int], Deployment], after: Callable[[], None]
) -> int:
    """Die before each effect in turn, run again, and see that all is well."""
    number = 0
    while True:
        mortal.before(number)
        try:
            target.runtime.deploy(wanted(number))
        except Died:
            effects = list(mortal.done)
        else:
            print(f"effects of a deployment: {', '.join(mortal.done)}")
            return number
        mortal.before(-1)
        seen = target.runtime.observe()
        running = target.runtime.deploy(wanted(number))
        assert running.version == wanted(number).version, effects
        assert get(running.endpoint)["version"] == running.version, effects
        target.is_settled(running, wanted(number).replicas)
        was = seen.get(PLACE)
        told = f"{was.version} {was.health.value}, {was.drift or 'no drift'}" if isinstance(was, Running) else "nothing"
        print(f"death after {', '.join(effects) or 'nothing'}: {told}")
        number += 1
        after()


def test_deaths_of_the_first_deployment(target: Target, mortal: Mortal) -> None:
    image = target.image()

    def gone() -> None:
        target.runtime.retire(PLACE)
        assert target.ours() == []
        assert target.engine.networks.list(filters=labelled(target.project)) == []

    deaths = dies_everywhere(target, mortal, lambda _: deployment(image), gone)
    assert deaths >= 6


def test_deaths_of_a_redeployment_lose_no_request(target: Target, mortal: Mortal) -> None:
    image = target.image()
    endpoint = target.deploy(image, "v0.1.0", replicas=2).endpoint
    requests = Load("/", b"{}", pause=0.01)
    with load(endpoint, requests, keep_alive=2, close=2):
        deaths = dies_everywhere(
            target,
            mortal,
            lambda number: deployment(image, f"v1.{number}.0", replicas=2, fence=number + 2),
            lambda: None,
        )
    print(f"{deaths} deaths, {requests.count} requests, {len(requests.lost)} lost")
    assert deaths >= 12
    assert requests.lost == []
    assert len(answered(requests)) >= deaths


def test_deaths_of_a_new_front(target: Target, mortal: Mortal) -> None:
    """The address changes, and with it the container that owns the port."""
    image = target.image()
    target.deploy(image, "v0.1.0")
    binds = ("0.0.0.0", "127.0.0.1")

    def wanted(number: int) -> Deployment:
        return deployment(image, f"v1.{number}.0", serve={"environment.bind": binds[number % 2]}, fence=number + 2)

    assert dies_everywhere(target, mortal, wanted, lambda: None) >= 8


def test_deaths_of_a_retirement(target: Target, mortal: Mortal) -> None:
    image = target.image()
    number = 0
    while True:
        mortal.before(-1)
        target.deploy(image, replicas=2)
        mortal.before(number)
        try:
            target.runtime.retire(PLACE)
        except Died:
            mortal.before(-1)
            target.runtime.retire(PLACE)
        else:
            break
        assert target.runtime.observe() == {}
        assert target.ours() == []
        assert target.engine.networks.list(filters=labelled(target.project)) == []
        number += 1
    assert number >= 4
