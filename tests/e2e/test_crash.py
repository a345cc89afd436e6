"""SIGKILL at every effect of a reconcile: running it again ends where an unperturbed run ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e.story_project import World, end_state, made_once

pytestmark = pytest.mark.slow

RECONCILE = ("reconcile", "--push")
PARTS = 2
"""The sweep after training is cut into so many tests, which may run side by side."""


@dataclass(frozen=True)
class Reference:
    """An unperturbed run: where it began, what it looked like once trained, its effects, and where it ended."""

    start: Path
    trained: Path
    effects: list[str]
    state: dict[str, Any]


@pytest.fixture
def world(environment: None, tmp_path: Path) -> Iterator[World]:
    """A world that ends with the test."""
    made = World(tmp_path / "world")
    yield made
    made.end()


@pytest.fixture
def reference(world: World, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Reference:
    """v0.1.0 is published but runs nowhere, the spec has asked for another C since, and is reconciled once."""
    with made_once(tmp_path_factory, "crash") as (folder, first):
        if first:
            _reconcile_unperturbed(folder, request.getfixturevalue("trained_template"))
    told = json.loads((folder / "told.json").read_text())
    return Reference(folder / "start", folder / "trained", told["effects"], told["state"])


def _reconcile_unperturbed(folder: Path, template: Path) -> None:
    start, run = World(folder / "start"), World(folder / "run")
    shutil.copytree(template, start.project.root, symlinks=True)
    start.add_remotes()
    start.project.spec("params: {C: 1.0}", "params: {C: 0.5}")
    run.rebuild(start.folder)
    try:
        code, effects = run.dying(f"copy push:models/toy/dvc.yaml {folder / 'trained'}", *RECONCILE)
        assert code == 0
        state = seen(run)
    finally:
        run.end()
    (folder / "told.json").write_text(json.dumps({"effects": effects, "state": state}))


def seen(world: World) -> dict[str, Any]:
    """The end state as JSON has it."""
    state: dict[str, Any] = json.loads(json.dumps(end_state(world, "toy")))
    return state


def differences(reference: Reference, world: World) -> dict[str, Any]:
    """What is not as in the unperturbed run: name → (there, here)."""
    here = seen(world)
    return {name: (value, here[name]) for name, value in reference.state.items() if here[name] != value}


def test_the_unperturbed_run_is_as_it_should_be(reference: Reference) -> None:
    state = reference.state
    assert (state["status"], state["dvc"], state["locks"], state["plan"]) == ("", [], [], {})
    assert state["published"]
    assert state["running"][0] == state["rollout"]["version"] == "v0.2.0"
    assert [effect for effect in reference.effects if effect.startswith("ran:")] == ["ran:train", "ran:evaluate"]


def test_deaths_at_every_step_of_the_training(reference: Reference, world: World) -> None:
    world.rebuild(reference.start)
    points = ["write:models/toy/params.yaml", "run:validate", "run:prepare", "run:train", "run:evaluate"]
    trainings = 0
    for point in [*(f"before {name}" for name in points), "during run:train 1.5", "during run:evaluate 1.5"]:
        code, effects = world.dying(point, *RECONCILE)
        assert code == -9, f"nobody died {point}: {effects}"
        trainings += effects.count("ran:train")
    code, effects = world.dying("", *RECONCILE)
    assert code == 0
    trainings += effects.count("ran:train")
    print(f"crash points tried {len(points) + 2} in a row, recovered 1, diverged 0; trained {trainings} times")
    assert trainings == 1, "what had been trained was trained again"
    assert differences(reference, world) == {}


def test_a_death_and_a_change_of_mind_leave_nothing(reference: Reference, world: World) -> None:
    world.rebuild(reference.trained)
    project = world.project
    code, _ = world.dying("before write:models/toy/version.json", *RECONCILE)
    assert code == -9
    assert project.status
    project.git("revert", "--no-edit", "HEAD")
    world.mlspec(*RECONCILE)
    assert (project.status, project.dvc("status").strip()) == ("", "Data and pipelines are up to date.")
    assert (project.tags, world.running("toy") is not None) == (["toy#production#1", "toy@v0.1.0"], True)


@pytest.mark.parametrize("part", range(PARTS))
def test_deaths_at_every_step_after_training(reference: Reference, world: World, part: int, tmp_path: Path) -> None:
    world.rebuild(reference.trained)
    world.mlspec("plan")  # compiles, which counts by the folder's path
    shutil.copytree(world.folder, tmp_path / "trained", symlinks=True)
    stages = len([effect for effect in reference.effects if effect.startswith("run:")])
    rest = [
        effect for effect in reference.effects if not effect.startswith(("run:", "ran:", "write:models/toy/params"))
    ]
    points = [f"before {stages + 1 + number}" for number in range(len(rest))] + ["during deploy 0.7"]
    diverged: dict[str, Any] = {}
    for point in points[part::PARTS]:
        world.rebuild(tmp_path / "trained")
        name = rest[int(point.split()[1]) - stages - 1] if point.startswith("before") else "deploy"
        code, first = world.dying(point, *RECONCILE)
        assert code == -9, f"nobody died {point}: {first}"
        code, second = world.dying("", *RECONCILE)
        found = differences(reference, world)
        if trainings := [*first, *second].count("ran:train"):
            found["trainings"] = (0, trainings)
        print(f"{point.split()[0]} {name}: {'diverged in ' + ', '.join(found) if found else 'recovered'}")
        if found:
            diverged[f"{point} {name}"] = found
    tried = len(points[part::PARTS])
    print(f"crash points tried {tried}, recovered {tried - len(diverged)}, diverged {len(diverged)}")
    assert diverged == {}, json.dumps(diverged, indent=1)
