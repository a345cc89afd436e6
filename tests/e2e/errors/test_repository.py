"""Where git is not as it has to be: none, no commit, no branch, another branch, a merge under way."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import run_git
from e2e.project import Project


def test_not_a_repository(tmp_path: Path, quick) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for verb in (["plan"], ["apply", "--yes"], ["status"], ["validate"], ["compile"], ["history"]):
        done = quick(Project(folder), *verb, code=1)
        assert done.out == ""
        assert "error: this is not a git repository" in done.err
        assert "mlspec init" in done.err
    assert list(folder.iterdir()) == []


def test_no_commit_yet(tmp_path: Path, quick, project: Project) -> None:
    folder = tmp_path / "fresh"
    (folder / "specs").mkdir(parents=True)
    run_git(folder, "init", "--quiet")
    (folder / "specs/toy.yaml").write_text(project.read("specs/toy.yaml"))
    for verb in (["plan"], ["apply", "--yes"]):
        done = quick(Project(folder), *verb, code=1)
        assert "there is no commit yet" in done.err
        assert "git commit" in done.err


def test_sha256_objects(tmp_path: Path, quick, project: Project) -> None:
    folder = tmp_path / "fresh"
    (folder / "specs").mkdir(parents=True)
    run_git(folder, "init", "--quiet", "--object-format=sha256")
    (folder / "specs/toy.yaml").write_text(project.read("specs/toy.yaml"))
    run_git(folder, "add", "specs")
    run_git(folder, "commit", "--quiet", "-m", "one")
    done = quick(Project(folder), "plan", code=1)
    assert "this repository has SHA-256 objects, which DVC can't read" in done.err


def test_a_repository_without_dvc(project: Project) -> None:
    project.git("rm", "-r", "--quiet", "--cached", ".dvc", ".dvcignore")
    subprocess.run(["rm", "-rf", project.root / ".dvc", project.root / ".dvcignore"], check=True)
    project.commit("no DVC")
    before = project.state
    done = project.mlspec("apply", "--yes", code=1)
    assert "this is not a DVC repository" in done.out + done.err
    assert "dvc init" in done.out + done.err
    assert project.state["status"] == ""
    assert project.tags == []
    assert before["commit"] == project.state["commit"]


def test_a_detached_head_can_plan_but_not_commit(project: Project, quick) -> None:
    project.git("checkout", "--quiet", "--detach")
    before = project.state
    assert "1 to train" in quick(project, "plan").out
    for verb in (["apply", "--yes"], ["reconcile"]):
        done = quick(project, *verb, code=1)
        assert "HEAD is detached, so there is no branch to commit to" in done.err
        assert "hint: git switch" in done.err
    assert project.state == before


@pytest.mark.slow
def test_a_detached_head_can_deploy(trained_project: Project) -> None:
    trained_project.git("checkout", "--quiet", "--detach")
    assert trained_project.planned() == ["promote:toy:production", "deploy:toy:production"]
    done = trained_project.mlspec("apply", "--yes")
    assert "toy v0.1.0 → production: http://127.0.0.1:" in done.out
    assert trained_project.planned() == []


def test_a_feature_branch_moves_no_environment(trained_project: Project, tmp_path: Path, quick) -> None:
    with_remote(trained_project, tmp_path)
    assert trained_project.planned() == ["promote:toy:production", "deploy:toy:production"]
    trained_project.git("switch", "--quiet", "--create", "feature")
    assert trained_project.planned() == []
    held = trained_project.held()
    assert held == {"NotDefaultBranch": "environments move only from main, and this is feature"}
    before = trained_project.state
    assert "NotDefaultBranch" in quick(trained_project, "apply", "--yes").out
    assert trained_project.state == before
    done = quick(trained_project, "promote", "toy", "v0.1.0", "--to", "production", code=1)
    assert "environments move only from main" in done.err
    assert trained_project.state == before


def with_remote(project: Project, folder: Path) -> Path:
    """A bare `origin` that knows main and all tags."""
    remote = folder / "origin.git"
    project.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    project.git("remote", "add", "origin", str(remote))
    project.git("push", "--quiet", "--tags", "--set-upstream", "origin", "main")
    project.git("remote", "set-head", "origin", "main")
    return remote


def test_a_merge_under_way(trained_project: Project) -> None:
    project = trained_project
    project.git("switch", "--quiet", "--create", "other")
    project.write("README.md", "other\n")
    project.commit("other")
    project.git("switch", "--quiet", "main")
    project.write("README.md", "main\n")
    project.spec("C: 1.0", "C: 2.0")
    subprocess.run(["git", "merge", "other"], cwd=project.root, capture_output=True, check=False)
    before = project.state
    assert "AA README.md" in before["status"]
    done = project.mlspec("apply", "--yes", code=1)
    assert "a merge is under way in this repository" in done.err
    assert "finish it or abort it first" in done.err
    assert project.state == before
    assert not (project.root / ".mlspec/logs/toy/train.log").exists() or "C: 2.0" not in done.err
