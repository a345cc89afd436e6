"""An origin that does not answer, and one to which somebody else has pushed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from e2e.project import Project


def add_origin(project: Project, folder: Path) -> Path:
    """A bare origin that has everything."""
    remote = folder / "origin.git"
    project.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    project.git("remote", "add", "origin", str(remote))
    project.git("push", "--quiet", "--tags", "--set-upstream", "origin", "main")
    project.git("remote", "set-head", "origin", "main")
    return remote


def elsewhere(remote: Path, folder: Path) -> Project:
    """Somebody else's clone."""
    subprocess.run(["git", "clone", "--quiet", str(remote), str(folder)], check=True, capture_output=True)
    return Project(folder)


@pytest.mark.slow
def test_an_origin_that_does_not_answer(trained_project: Project, tmp_path: Path, quick) -> None:
    project = trained_project
    remote = add_origin(project, tmp_path)
    remote.rename(tmp_path / "away.git")
    assert "1 to deploy" in quick(project, "plan").out
    pushed = project.mlspec("apply", "--yes", "--push", code=1)
    assert "origin does not answer" in pushed.err + pushed.out
    assert "check the network and your access to it" in pushed.err + pushed.out
    # Nothing is served that nobody else can see; without --push this machine is enough.
    assert "http://" not in pushed.out
    done = project.mlspec("apply", "--yes")
    assert "warning: origin was not fetched: origin does not answer" in done.err
    assert "http://127.0.0.1" in done.out


def test_a_push_that_comes_too_late(trained_project: Project, tmp_path: Path) -> None:
    project = trained_project
    remote = add_origin(project, tmp_path)
    other = elsewhere(remote, tmp_path / "other")
    other.write("README.md", "theirs\n")
    other.commit("theirs")
    other.git("push", "--quiet")
    project.spec("owners: [ada@example.com]", "owners: [bob@example.com]")
    theirs = other.git("ls-remote", "origin")
    ours = len(project.git("rev-list", "origin/main..").split())
    done = project.mlspec("apply", "--yes", "--push", "--only", "train", code=1)
    told = done.out + done.err
    assert "main moved on origin meanwhile, so a push would be rejected" in told
    assert "theirs" in told
    assert "git pull --rebase" in told
    assert other.git("ls-remote", "origin") == theirs
    assert project.status == ""
    assert len(project.git("rev-list", "origin/main..").split()) == ours, "nothing was committed for a push that fails"
    project.git("pull", "--quiet", "--rebase")
    project.mlspec("apply", "--yes", "--push", "--only", "publish")
    assert "refs/mlspec/project" in other.git("ls-remote", "origin")


def test_a_tag_that_somebody_else_gave_first(trained_project: Project, tmp_path: Path) -> None:
    project = trained_project
    remote = add_origin(project, tmp_path)
    other = elsewhere(remote, tmp_path / "other")
    other.git("tag", "--annotate", "--message", "Promote", "toy#production#1", "HEAD~1")
    other.git("push", "--quiet", "--tags")
    project.git("tag", "--annotate", "--message", "Promote", "toy#production#1", "HEAD")
    done = project.mlspec("apply", "--yes", "--push", "--only", "publish", code=1)
    told = done.out + done.err
    assert "origin has another tag toy#production#1: somebody else registered or promoted it first" in told
    assert "git tag -d" in told


def test_nothing_to_push_to(trained_project: Project) -> None:
    done = trained_project.mlspec("apply", "--yes", "--push", "--only", "publish", code=1)
    assert "there is no remote to push to" in done.err + done.out
    assert "git remote add origin" in done.err + done.out


@pytest.mark.slow
def test_a_branch_that_goes_on_meanwhile_is_a_newer_run_s_or_in_nobody_s_way(
    trained_project: Project, tmp_path: Path
) -> None:
    """A deployment brings nothing to the branch: what is new there counts only where it concerns the plan."""
    project = trained_project
    remote = add_origin(project, tmp_path)
    other = elsewhere(remote, tmp_path / "other")
    other.write("README.md", "theirs\n")
    other.commit("a page")
    other.spec("C: 1.0", "C: 0.5")
    other.git("push", "--quiet")
    file = tmp_path / "outcome.json"
    deploy = ("reconcile", "--only", "deploy", "--push", "--json", str(file))
    done = project.mlspec(*deploy, code=4)
    assert "main moved on origin meanwhile" in done.err
    assert "origin's commits change `specs/toy.yaml`" in done.err
    assert json.loads(file.read_text())["stopped"]["reason"] == "Superseded"
    assert "http://" not in done.out
    other.git("revert", "--no-edit", "HEAD")
    other.git("push", "--quiet")
    assert "http://127.0.0.1" in project.mlspec(*deploy[:4]).out
    assert "toy#production#1" in other.git("ls-remote", "--tags", "origin")
    assert project.git("rev-parse", "HEAD") != other.git("rev-parse", "HEAD"), "pulling is the user's own affair"
