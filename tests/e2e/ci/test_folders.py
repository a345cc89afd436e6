"""The workflows of a project in a folder, executed: a pull request, then a push that trains and publishes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.ci import gitlab
from e2e.ci.conftest import refuse_missing
from e2e.ci.forge import REPOSITORY, forge, serving
from e2e.ci.runner import Runner
from e2e.ci.world import World
from e2e.conftest import table
from e2e.project import SPEC, Project
from fakes.engine import missing

pytestmark = pytest.mark.slow

FOLDER = "services/shop"
END = "--services--shop"
INCLUDED = (f"/{FOLDER}/.gitlab-ci.yml", "/prices/.gitlab-ci.yml")
TAG = f"refs/tags/{FOLDER}=toy@v0.1.0"
RECORDS = f"refs/mlspec-in/{FOLDER}/-/project"


def two_projects(top: Project, bare: Path, provider: str) -> None:
    """`toy` of a project in a folder, and a project next door that has a `toy`, too; nothing was ever trained."""
    top.root.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    top.git("init", "--quiet", "--initial-branch=main")
    top.git("remote", "add", "origin", str(bare))
    for folder in (FOLDER, "prices"):
        top.mlspec("init", folder)
        made = Project(top.root / folder)
        made.write("data/rows.csv", table())
        made.write("specs/toy.yaml", SPEC)
        made.write("specs/project.yaml", made.read("specs/project.yaml") + f"ci: {{providers: [{provider}]}}\n")
        made.dvc("remote", "add", "--quiet", "--default", "store", str(top.root.parent / "store"))
        made.mlspec("compile")
        made.commit(folder)


@pytest.fixture
def world(environment: None, tmp_path: Path) -> Iterator[World]:
    """The two on GitHub."""
    refuse_missing()
    bare, top = tmp_path / "repositories" / REPOSITORY, Project(tmp_path / "mono")
    two_projects(top, bare, "github")
    top.git("push", "-q", "origin", "main")
    with forge(tmp_path / "repositories") as there:
        yield World(top, bare, there, Runner(tmp_path / "runner", there), end=END)


@pytest.fixture
def lab(environment: None, tmp_path: Path) -> Iterator[gitlab.World]:
    """The two on GitLab, whose one file includes theirs."""
    if not gitlab.is_installed():
        missing("gitlab-ci-local is not installed: make gitlab-ci-local, and Debian's rsync")
    bare, top = tmp_path / "repositories" / f"{REPOSITORY}.git", Project(tmp_path / "mono")
    two_projects(top, bare, "gitlab")
    subprocess.run(["git", "config", "receive.advertisePushOptions", "true"], cwd=bare, check=True)
    top.write(".gitlab-ci.yml", "".join(["include:\n", *(f"  - local: {path}\n" for path in INCLUDED)]))
    top.commit("both pipelines")
    top.git("push", "-q", "origin", "main")
    there = gitlab.GitLab(tmp_path / "repositories")
    with serving(there):
        yield gitlab.World(top, bare, there, tmp_path / "runner")


def published(top: Project) -> tuple[set[str], list[str]]:
    """The refs that origin has, and the files that changed there since the clone was made."""
    top.git("fetch", "-q", "--tags", "origin")
    refs = (line.split("\t")[1] for line in top.git("ls-remote", "--refs", "origin").splitlines())
    changed = top.git("diff", "--name-only", "HEAD", "origin/main").splitlines()
    return {ref for ref in refs if not ref.startswith(("refs/pull/", "refs/merge-requests/"))}, changed


def test_a_folder_s_workflows_plan_train_and_publish_that_folder(world: World) -> None:
    run = world.pull_request()
    assert (run.code, run.outcome("plan"), run.outcome("comment")) == (0, "success", "success"), run.said()
    [body] = world.forge.by_bot()
    assert body.startswith(f"<!-- mlspec:plan {FOLDER} -->\n### mlspec plan\n")
    assert (run.artifacts / "mlspec-plan" / "plan.json").is_file()

    pushed = world.push()
    assert (pushed.code, pushed.outcome("train"), pushed.outcome("publish")) == (0, "success", "success"), pushed.said()
    refs, changed = published(world.project)
    assert refs == {"refs/heads/main", TAG, RECORDS}
    assert f"{FOLDER}/models/toy/dvc.lock" in changed
    assert all(path.startswith(f"{FOLDER}/models/toy/") for path in changed)

    again = world.push()
    assert (again.code, again.outcome("publish")) == (0, "skipped"), again.said()


def test_gitlab_s_pipeline_includes_those_of_folders(lab: gitlab.World) -> None:
    started = lab.run(MLSPEC_CI_FOLDER=FOLDER)
    ends = [started.outcome(job) for job in (f"mlspec-publish{END}", "mlspec-train--prices")]
    assert (started.code, ends) == (0, ["PASS", ""]), started.log
    refs, changed = published(lab.project)
    assert refs == {"refs/heads/main", TAG, RECORDS}
    assert f"{FOLDER}/models/toy/dvc.lock" in changed
    assert all(path.startswith(f"{FOLDER}/models/toy/") for path in changed)

    shop = Project(lab.project.root / FOLDER)
    shop.edit("specs/toy.yaml", "C: 1.0", "C: 0.5")
    shop.mlspec("compile")
    shop.commit("a change in one folder")
    asked = lab.merge_request()
    ends = [asked.outcome(job) for job in (f"mlspec-plan{END}", f"mlspec-comment{END}", "mlspec-plan--prices")]
    assert (asked.code, ends) == (0, ["PASS", "PASS", ""]), asked.log
    [note] = lab.forge.notes
    assert note["body"].startswith(f"<!-- mlspec:plan {FOLDER} -->\n### mlspec plan\n")
    assert "training.params.C 1.0 -&gt; 0.5" in note["body"]
