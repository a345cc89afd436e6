"""Two clones of one repository that apply at the same time: one acts, the other looks again and finds it done."""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Project
from e2e.story_project import World, chain
from fakes.processes import eventually

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.lease import GitLeases

pytestmark = pytest.mark.slow

CHAIN = "refs/mlspec/env/production"


@pytest.fixture
def world(environment: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """toy@v0.1.0 is registered in `shop` and published with its data; it runs nowhere yet."""
    made = World(tmp_path / "world")
    shutil.copytree(request.getfixturevalue("trained_template"), made.project.root, symlinks=True)
    made.add_remotes()
    made.project.dvc("push", "--quiet")
    made.mlspec("apply", "--yes", "--only", "publish")
    yield made
    made.end()


def machine(world: World, name: str) -> Project:
    """A clone of origin; the data remote's address is relative to the project."""
    made = Project(world.folder / name / "shop")
    made.root.parent.mkdir()
    world.project.git("clone", "--quiet", str(world.folder / "origin.git"), str(made.root))
    (made.root.parent / "store").symlink_to(world.folder / "store")
    return made


def start(world: World, project: Project, *args: str) -> subprocess.Popen[str]:
    """Start mlspec on a machine that is called as its clone."""
    return project.start(*args, env={**world.env, "MLSPEC_HOST": project.root.parent.name})


def events(project: Project) -> list[dict[str, Any]]:
    """What production's chain tells, newest first."""
    return [json.loads(line) for line in project.git("log", "--format=%B", CHAIN).splitlines() if line]


def told(process: subprocess.Popen[str]) -> bool:
    """Whether it said something to people: without a terminal, that it waits."""
    return bool(select.select([process.stderr], [], [], 0)[0])


def test_one_deploys_and_the_other_finds_it_done(world: World) -> None:
    ada, ben = machine(world, "ada"), machine(world, "ben")
    other = GitLeases(Command(machine(world, "carol").root), "carol").acquire("production", "0" * 40)
    began = [start(world, clone, "reconcile", "--push") for clone in (ada, ben)]
    eventually(lambda: all(told(process) for process in began))
    assert [process.poll() for process in began] == [None, None], "somebody did not wait"
    assert world.running("toy") is None
    other.release()
    said = [clone.finish(process) for clone, process in zip((ada, ben), began, strict=True)]
    assert [done.code for done in said] == [0, 0], said
    assert all("waiting for others" in done.err.splitlines()[0] for done in said), said
    assert sum("Others acted meanwhile" in done.err for done in said) == 1, said
    for clone in (ada, ben):
        clone.git("fetch", "--quiet", "--tags", "origin")
        world.mlspec("reconcile", "--push", project=clone)
        assert [(event["action"], event["outcome"]) for event in events(clone)] == [("deploy", "deployed")]
        assert clone.tags == ["toy#production#1", "toy@v0.1.0"]
        assert world.mlspec("plan", "--json", project=clone).json["actions"] == []
    running = world.running("toy")
    assert running is not None
    assert running.fence == chain(ada, CHAIN, "toy")["rollout"]["fence"] > other.fence


def test_who_dies_with_the_lease_is_followed_at_once_in_the_same_clone(world: World) -> None:
    code, _ = world.dying("before deploy", "reconcile", "--push")
    assert (code, world.running("toy")) == (-9, None)
    began = time.monotonic()
    done = world.mlspec("reconcile", "--push")
    print(f"followed in {time.monotonic() - began:.1f} s")
    assert "waiting for others" not in done.err, "it waited for its own dead self"
    assert world.running("toy") is not None


def test_a_push_while_a_model_trains_is_merged_for_origin(world: World) -> None:
    ada, ben = machine(world, "ada"), machine(world, "ben")
    ada.spec("params: {C: 1.0}", "params: {C: 0.5}")
    ada.git("push", "--quiet")
    ben.git("pull", "--quiet")
    ben.write("README.md", "ben was here\n")
    theirs = ben.commit("ben's")
    working = start(world, ada, "reconcile", "--push")
    while not (ada.root / ".mlspec/training/toy").exists():
        assert working.poll() is None, ada.finish(working)
        time.sleep(0.05)
    ben.git("push", "--quiet")
    done = ada.finish(working)
    assert done.code == 0, done
    assert "main moved on origin meanwhile, and was merged there" in done.err
    head = ada.git("rev-parse", "HEAD")
    assert ada.git("rev-parse", "toy@v0.2.0^{commit}") == head
    assert not (ada.root / "README.md").exists()
    assert ada.git("log", "-1", "--format=%P", "origin/main").split() == [theirs, head]
    ada.git("pull", "--quiet", "--ff-only")
    ben.git("pull", "--quiet", "--ff-only")
    for clone in (ada, ben):
        assert world.mlspec("plan", "--json", project=clone).json["actions"] == []
        assert clone.status == ""


def test_a_retirement_takes_the_lease_of_its_own_machine_only(world: World) -> None:
    world.mlspec("apply", "--yes", "--push")
    (world.folder / "origin.git").rename(world.folder / "away.git")
    world.mlspec("retire", "--env", "production", "--yes")
    assert world.running("toy") is None
    rollout = chain(world.project, CHAIN, "toy")["rollout"]
    assert (rollout["outcome"], rollout["fence"]) == ("retired", 2)
