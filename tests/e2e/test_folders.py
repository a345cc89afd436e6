"""Two projects in folders of one repository, with a model of the same name: neither meets the other anywhere."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import table
from e2e.project import SPEC, Project
from fakes.processes import end_all
from gto.cli import app

pytestmark = pytest.mark.slow

WINE = SPEC.replace("name: toy", "name: wine")
FOLDERS = ("services/shop", "prices")


def gto(repo: Path) -> dict[str, Any]:
    """What `gto show` knows."""
    with redirect_stdout(io.StringIO()) as out:
        app(["show", "--repo", str(repo), "--json"], standalone_mode=False)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture
def top(environment: None, tmp_path: Path) -> Iterator[Project]:
    """A repository with an origin and two projects, made by `mlspec init` from wherever the user stands."""
    top = Project(tmp_path / "mono")
    top.root.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", tmp_path / "origin.git"], check=True)
    top.git("init", "--quiet", "--initial-branch=main")
    top.write("lib/tool.py", "")
    top.commit("a repository")
    top.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    for folder in FOLDERS:
        top.mlspec("init", folder)
        made = Project(top.root / folder)
        made.write("data/rows.csv", table())
        made.write("specs/wine.yaml", WINE)
        made.dvc("remote", "add", "--quiet", "--default", "store", str(tmp_path / "store" / folder))
        made.mlspec("compile")
        made.commit(folder)
    top.git("push", "--quiet", "--set-upstream", "origin", "main")
    yield top
    end_all(Path(os.environ["MLSPEC_RUNTIME_DIR"]))


def own_refs(top: Project) -> list[str]:
    """The tags and chains that origin has."""
    refs = [line.split("\t")[1] for line in top.git("ls-remote", "--refs", "origin").splitlines()]
    return sorted(ref for ref in refs if ref != "refs/heads/main")


def version(project: Project) -> str:
    """The version of wine, as status knows it."""
    found: str = project.mlspec("status", "--json").json["models"][0]["version"]
    return found


def test_two_projects_with_a_model_of_one_name(top: Project, tmp_path: Path) -> None:
    shop, prices = (Project(top.root / folder) for folder in FOLDERS)
    # Started in a folder below, as people are; what is not committed next door is nobody's business here.
    prices.write("specs/wine.yaml", WINE.replace("C: 1.0", "C: 0.5"))
    done = Project(shop.root / "data").mlspec("apply", "--yes", "--push")
    assert "wine v0.1.0 → production" in done.out
    ours = [
        "refs/mlspec-in/services/shop/-/env/production",
        "refs/mlspec-in/services/shop/-/project",
        "refs/tags/services/shop=wine#production#1",
        "refs/tags/services/shop=wine@v0.1.0",
    ]
    assert own_refs(top) == ours
    assert (shop.planned(), version(shop), version(prices)) == ([], "v0.1.0", "")
    assert "train:wine" in prices.planned()

    prices.commit("other params")
    top.mlspec("-C", "prices", "reconcile", "--push")
    theirs = [ref.replace("services/shop", "prices") for ref in ours]
    assert own_refs(top) == sorted(ours + theirs)
    assert (shop.planned(), prices.planned()) == ([], [])
    assert gto(top.root).keys() == {"services/shop:wine", "prices:wine"}
    assert {name: found["stage"] for name, found in gto(top.root).items()} == {
        "services/shop:wine": {"production": "v0.1.0"},
        "prices:wine": {"production": "v0.1.0"},
    }
    said = [project.mlspec("predict", "wine", "--env", "production", "data/rows.csv").out for project in (shop, prices)]
    assert said[0] != said[1]
    assert [len(project.mlspec("history", "--json").json["events"]) for project in (shop, prices)] == [2, 2]
    assert top.status == ""
    assert shop.dvc("status") == prices.dvc("status") == "Data and pipelines are up to date.\n"

    # A change here, and a promotion, leave the other one alone.
    shop.edit("specs/wine.yaml", "C: 1.0", "C: 0.25")
    shop.commit("a change")
    shop.mlspec("reconcile", "--push")
    assert (version(shop), version(prices), prices.planned()) == ("v0.2.0", "v0.1.0", [])
    shop.mlspec("rollback", "wine", "--env", "production", "--to", "v0.1.0", "--yes")
    assert gto(top.root)["services/shop:wine"]["stage"] == {"production": "v0.1.0"}
    assert prices.planned() == []

    for verb in (["validate"], ["compile", "--check"], ["doctor"], ["graph"], ["verify", "wine@v0.1.0"]):
        shop.mlspec(*verb)
    # A person who has nothing but a clone sees the same.
    top.git("push", "--quiet")
    shutil.copytree(tmp_path / "store", tmp_path / "elsewhere" / "store")
    subprocess.run(["git", "clone", "-q", tmp_path / "origin.git", tmp_path / "elsewhere" / "mono"], check=True)
    clone = Project(tmp_path / "elsewhere" / "mono" / "prices")
    assert (clone.planned(), version(clone)) == ([], "v0.1.0")

    prices.mlspec("retire", "--env", "production", "--yes")
    assert version(shop) == "v0.2.0"
    assert shop.mlspec("predict", "wine", "--env", "production", "data/rows.csv").out


def test_a_project_that_is_moved_into_a_folder_is_not_trained_again(trained_project: Project, tmp_path: Path) -> None:
    project = trained_project
    project.mlspec("apply", "--yes")
    folder = "services/shop"
    (project.root / "services" / "shop").mkdir(parents=True)
    parts = project.git("ls-files").splitlines()
    names = sorted({name.partition("/")[0] for name in parts} - {".github"})
    project.git("mv", *names, folder)
    project.git("rm", "-rq", ".github")
    moved = Project(project.root / folder)
    moved.mlspec("compile")
    moved.commit("moved")
    assert {action for action in moved.planned() if action.startswith("train")} == set()
    moved.mlspec("apply", "--yes")
    assert moved.planned() == []
    assert f"{folder}=toy@v0.1.0" in moved.tags


def test_names_that_would_meet_on_a_machine_are_found(top: Project) -> None:
    prices = Project(top.root / "prices")
    prices.edit("specs/project.yaml", "name: prices", "name: shop")
    done = prices.mlspec("doctor", code=1)
    assert "services/shop is called shop, too" in done.out
