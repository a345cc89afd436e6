"""SIGKILL before every request that changes the engine: running again ends as if nothing had happened."""

from __future__ import annotations

import pytest
from e2e.docker.shop import SERVER, Shop
from fakes.load import Load, load

pytestmark = pytest.mark.slow

BUILD = "POST:build"


def test_deaths_between_build_start_switch_and_stop(shop: Shop) -> None:
    """Each death is in a deployment of its own, while clients ask all the time."""
    shop.mlspec("apply", "--yes")
    change(shop, 0)
    code, effects = shop.dying("", "reconcile")
    assert code == 0
    print(f"effects of a deployment: {', '.join(effects)}")
    points = [number for number, effect in enumerate(effects, 1) if is_of_engine(effect)]
    requests = Load("/", pause=0.01)
    with load(shop.place()["endpoint"], requests, keep_alive=1, close=1):
        for number in points:
            change(shop, number)
            died_and_recovered(shop, number, effects)
            print(f"    {requests.count} requests, {len(requests.lost)} lost so far: {set(requests.lost) or 'none'}")
    print(f"{len(points)} deaths, {requests.count} requests, {len(requests.lost)} lost")
    assert requests.lost == []


def change(shop: Shop, number: int) -> None:
    """Another image."""
    shop.write("images/toy/own.py", f"{SERVER}# {number}\n")
    shop.commit(f"server {number}")


def is_of_engine(effect: str) -> bool:
    return effect.partition(":")[0] in {"POST", "PUT", "DELETE"}


def died_and_recovered(shop: Shop, number: int, effects: list[str]) -> None:
    name = effects[number - 1]
    code, first = shop.dying(f"before {number}", "reconcile")
    assert (code, first) == (-9, effects[: number - 1]), f"it did not die before {name}"
    code, second = shop.dying("", "reconcile")
    assert code == 0
    builds = 2 if name.endswith("/tag") else 1  # what has no name yet is built again, from the engine's cache
    assert [*first, *second].count(BUILD) == builds, f"death before {name}: {first}, {second}"
    shop.is_settled()
    print(f"death before {name}: recovered by {', '.join(filter(is_of_engine, second)) or 'nothing'}")


def test_a_death_during_the_first_build_and_before_the_first_switch(shop: Shop) -> None:
    """Nothing runs yet: what a first deployment leaves half-made is found again, too."""
    for point in (f"during {BUILD} 0.3", "before POST:containers/*/start"):
        code, _ = shop.dying(point, "reconcile")
        assert code == -9
        assert shop.planned() != []
    shop.mlspec("reconcile")
    shop.is_settled()
