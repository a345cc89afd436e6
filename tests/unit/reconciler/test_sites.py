"""Sites: each is asked once, and one that does not answer hides its own places only."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.git import FakeOrigin
from fakes.shop import CONTAINERS, PLACE, SCORE, Shop

from mlspec.domain.actual import Place, Unseen
from mlspec.domain.desired import Site
from mlspec.reconciler.world import observe

CIDER = SCORE.replace("name: wine\ndesc", "name: cider\ndesc").replace("production:", "staging:")
BOTH = "apiVersion: mlspec/v1\nkind: Project\nenvironments:\n  staging: {}\n  production: {target: docker}\n"
DOCKER = Site("docker")


def test_an_engine_that_does_not_answer_hides_its_places_and_no_others(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, BOTH)
    shop.commit({"specs/cider.yaml": CIDER})
    shop.ports.silent.add(DOCKER)
    assert observe(shop.ports).actual.running == {PLACE: Unseen(PLACE, "NotObserved", "no engine answers at here")}
    assert [line for line in shop.run() if "deploy" in line or "build" in line] == ["done deploy"]
    assert Place("staging", "cider") in shop.ports.process.running
    (held,) = shop.look()[1].held
    assert (held.environment, held.reason) == ("production", "NotObserved")
    assert "no engine answers at here" in held.message
    shop.ports.silent.clear()
    assert [line for line in shop.run() if "compile" not in line] == ["done promote", "done build", "done deploy"]
    assert shop.plan() == []


def test_what_ran_on_an_engine_that_is_silent_now_is_held_and_left_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, CONTAINERS)
    shop.run()
    shop.ports.silent.add(DOCKER)
    assert (shop.plan(), shop.run()) == (["(NotObserved:production)"], [])
    shop.ports.silent.clear()
    assert shop.plan() == []


def test_a_model_that_no_spec_has_is_hidden_with_its_engine(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, CONTAINERS)
    shop.run()
    shop.commit({"specs/cider.yaml": CIDER.replace("staging:", "production:")})
    del shop.git.files["specs/wine.yaml"]
    shop.git.commit_all("no wine any more")
    shop.ports.silent.add(DOCKER)
    assert set(observe(shop.ports).actual.running) == {PLACE, Place("production", "cider")}


def test_an_environment_that_moved_runs_where_it_is_now(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, BOTH)
    shop.run()
    shop.commit(
        {
            "specs/project.yaml": BOTH.replace("{target: docker}", "{}").replace(
                "staging: {}", "staging: {target: docker}"
            )
        }
    )
    assert observe(shop.ports).actual.running == {}
    assert [step for step in shop.plan() if "compile" not in step] == ["deploy:wine:production"]
    shop.run()
    assert PLACE in shop.ports.process.running
    assert shop.plan() == []


def test_what_runs_in_an_environment_that_is_gone_is_seen_where_it_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SCORE, BOTH)
    shop.run()
    shop.commit({
        "specs/project.yaml": BOTH.replace("production: ", "live: "),
        "specs/wine.yaml": SCORE.replace("production:", "live:"),
    })  # fmt: skip
    world = observe(shop.ports)
    assert (PLACE in world.actual.running, world.site(PLACE)) == (True, DOCKER)
    assert world.site(Place("never", "seen")) == Site("process")


def test_each_site_is_asked_once(tmp_path: Path) -> None:
    three = BOTH.replace("staging: {}", "staging: {target: docker}\n  test: {target: docker, context: away}")
    shop = Shop(tmp_path / "shop", SCORE, three)
    asked: list[Site] = []
    runtime = shop.ports.runtime
    shop.ports.runtime = lambda site, project: asked.append(site) or runtime(site, project)  # type: ignore[func-returns-value,method-assign]
    observe(shop.ports)
    assert asked == [Site("docker"), Site("docker", "away")]


def clone(shop: Shop, folder: Path, host: str, project: str) -> Shop:
    """Another clone of the shop's origin, on another machine with an engine of its own."""
    other = Shop(folder, shop.text, project, origin=shop.git.origin, host=host)
    other.git.fetch()
    return other


@pytest.mark.parametrize(
    ("context", "running", "steps"),
    [
        ("", {PLACE: Unseen(PLACE, "TargetNotHere")}, []),
        ("away", {}, ["build:wine:production", "restart:wine:production"]),
    ],
)
def test_only_this_machines_own_engine_is_here(
    tmp_path: Path, context: str, running: dict[Place, Unseen], steps: list[str]
) -> None:
    """What another machine deployed on its engine is there; on one that both reach, it is gone and can be healed."""
    project = CONTAINERS.replace("docker}", f"docker, context: {context}}}") if context else CONTAINERS
    shop = Shop(tmp_path / "one", SCORE, project, origin=FakeOrigin())
    shop.run()
    shop.git.push("main")
    other = clone(shop, tmp_path / "two", "there", project)
    assert (observe(other.ports).actual.running, other.plan()) == (running, steps)
