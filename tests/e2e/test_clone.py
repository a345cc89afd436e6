"""A clone without data knows everything: the same plan, the same failures, and the very bytes of what it deploys."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Project
from e2e.story_project import World, made_once

pytestmark = pytest.mark.slow

GATE = "    - {metric: accuracy, min: 0.55}"


@pytest.fixture
def published(
    environment: None, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    """toy@v0.1.0 is registered in `shop` and published, its data too; it runs nowhere yet."""
    with made_once(tmp_path_factory, "published") as (folder, first):
        if first:
            shutil.copytree(request.getfixturevalue("trained_template"), folder / "shop", symlinks=True)
            made = World(folder)
            made.add_remotes()
            made.project.dvc("push", "--quiet")
            made.mlspec("apply", "--yes", "--only", "publish")
    world = World(tmp_path / "world")
    world.rebuild(folder)
    yield world
    world.end()


def clone(world: World, name: str) -> Project:
    """A plain `git clone` of origin; the folder is named as the project is."""
    made = Project(world.folder / name / "shop")
    made.root.parent.mkdir()
    world.project.git("clone", "--quiet", str(world.folder / "origin.git"), str(made.root))
    # the data remote's address is relative to the project
    (made.root.parent / "store").symlink_to(world.folder / "store")
    return made


def essence(world: World, project: Project) -> Any:
    """The plan and the status, as that clone sees them; `base` tells them apart only where runtimes differ."""
    plan = world.mlspec("plan", "--json", project=project).json
    status = world.mlspec("status", "--json", project=project).json
    return plan, status["models"]


def objects(project: Project) -> list[Path]:
    """What DVC's cache holds."""
    return [path for path in (project.root / ".dvc/cache").rglob("*") if path.is_file()]


def test_a_clone_plans_and_deploys_without_pulling(published: World) -> None:
    world = published
    world.mlspec("apply", "--yes", "--push")
    here, there = world.project, clone(world, "copy")
    assert essence(world, there) == essence(world, here)
    assert essence(world, there)[0]["actions"] == []
    assert objects(there) == []
    assert not (there.root / "models/toy/model").exists()
    assert there.status == ""

    record = world.running("toy")
    assert record is not None
    world.end()
    plan = world.mlspec("plan", "--json", project=there).json
    assert plan["summary"] == {"restart": 1}
    world.mlspec("reconcile", project=there)
    running = world.running("toy")
    assert running is not None
    assert (running.version, running.artefact, running.endpoint) == (record.version, record.artefact, record.endpoint)
    assert served(world) == recorded(there)
    assert not (there.root / "models/toy/model").exists()
    assert there.status == ""
    assert (world.mlspec("plan", "--json", project=there).json["actions"]) == []


def served(world: World) -> dict[str, str]:
    """path → SHA-256 of the files that the runtime serves from."""
    (bundle,) = (world.runtime / "shop/production/toy/bundles").iterdir()
    return {
        path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in bundle.rglob("*")
        if path.is_file()
    }


def recorded(project: Project) -> dict[str, str]:
    """path → SHA-256 as the version's tag has it."""
    body = json.loads(project.git("tag", "--list", "--format=%(contents:body)", "toy@v0.1.0"))
    return {item["path"]: item["sha256"] for item in body["artefact"]}


def test_a_forged_remote_is_refused(published: World) -> None:
    world = published
    there = clone(world, "copy")
    (model,) = [
        path for path in (world.folder / "store").rglob("*") if path.is_file() and path.read_bytes()[:2] == b"PK"
    ]
    model.chmod(0o644)
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    failed = world.mlspec("reconcile", code=1, project=there)
    assert "model.skops is not the file that was registered" in failed.out + failed.err
    assert world.running("toy") is None


def test_what_failed_is_known_in_the_clone(published: World) -> None:
    world = published
    world.project.spec("params: {C: 1.0}", "params: {C: 0.0000001, fit_intercept: false}")
    world.project.spec(GATE, "    - {metric: accuracy, min: 0.99}")
    world.mlspec("reconcile", "--push")
    held = world.mlspec("plan", "--json").json["held"]
    assert [item["reason"] for item in held] == ["GateFailed"]
    there = clone(world, "copy")
    assert essence(world, there) == essence(world, world.project)
    assert there.git("for-each-ref", "refs/mlspec/project") == world.project.git("for-each-ref", "refs/mlspec/project")
    head = there.git("rev-parse", "HEAD")
    world.mlspec("reconcile", "--push", project=there)
    assert there.git("rev-parse", "HEAD") == head
    assert not (there.root / ".mlspec/logs").exists(), "it trained again what the first clone had seen fail"


def test_what_failed_is_known_after_a_pull(published: World) -> None:
    world = published
    there = clone(world, "copy")
    world.mlspec("plan", project=there)
    world.project.spec(GATE, "    - {metric: accuracy, min: 0.999}")
    world.project.spec("params: {C: 1.0}", "params: {C: 0.0000001, fit_intercept: false}")
    world.mlspec("reconcile", "--push")
    there.git("pull", "--quiet")
    assert [item["reason"] for item in world.mlspec("plan", "--json", project=there).json["held"]] == ["GateFailed"]
    (world.folder / "origin.git").rename(world.folder / "away.git")
    assert "warning" not in world.mlspec("plan", project=there).err, "asked again without any news"
