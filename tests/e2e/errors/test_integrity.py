"""Bytes that are not those of the version's record are never deployed; hints from a pull request are not believed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from e2e.project import Project


def cached_model(project: Project) -> Path:
    """DVC's copy of the registered model file."""
    md5 = hashlib.md5((project.root / "models/toy/model/model.skops").read_bytes()).hexdigest()
    return project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def swap(path: Path) -> None:
    """Other bytes under the same name."""
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    path.chmod(0o444)


def test_a_swapped_file_in_the_cache_is_not_deployed(trained_project: Project) -> None:
    project = trained_project
    swap(cached_model(project))
    done = project.mlspec("apply", "--yes", code=1)
    assert "✗ deploy" in done.out
    assert "model.skops" in done.out
    assert "expected" in done.out
    assert project.status == ""
    assert project.mlspec("status", "--json").json["models"][0]["environments"][0]["health"] == "Missing"


@pytest.mark.slow
def test_the_old_one_serves_on_when_the_new_one_was_swapped(trained_project: Project) -> None:
    project = trained_project
    project.mlspec("apply", "--yes")
    project.spec("C: 1.0", "C: 0.01")
    project.mlspec("apply", "--yes", "--only", "train")
    swap(cached_model(project))
    done = project.mlspec("apply", "--yes", code=1)
    assert "✗ deploy" in done.out
    place = project.mlspec("status", "--json").json["models"][0]["environments"][0]
    assert (place["actual"], place["health"]) == ("v0.1.0", "Healthy")
    assert project.mlspec("predict", "toy", "--env", "production", "data/rows.csv").out


@pytest.mark.slow
def test_a_forged_lock_changes_nothing_that_is_deployed(trained_project: Project) -> None:
    """What is deployed comes from the version's record; dvc.lock at HEAD has no say."""
    project = trained_project
    project.write("models/toy/dvc.lock", re.sub(r"[0-9a-f]{32}", "0" * 32, project.read("models/toy/dvc.lock")))
    project.commit("forged")
    before = project.tags
    done = project.mlspec("apply", "--yes")
    assert "toy v0.1.0 → production" in done.out
    assert set(project.tags) == {*before, "toy#production#1"}


def test_hints_that_git_tracks_are_refused(project: Project, quick) -> None:
    project.write(".mlspec/cache/planted", "x")
    project.git("add", "--force", ".mlspec/cache/planted")
    project.commit("planted")
    before = project.state
    for verb in (["plan"], ["apply", "--yes"], ["status"]):
        done = quick(project, *verb, code=1)
        assert "git tracks `.mlspec/cache/planted`" in done.err
        assert "hint: git rm -r --cached .mlspec" in done.err
        assert done.out == ""
    assert project.state == before


def test_a_record_that_was_forged_in_the_tree_is_no_version(project: Project, quick) -> None:
    """version.json only says what a crash left untagged; its bytes are checked before they are served."""
    project.write("models/toy/version.json", "{}")
    project.commit("forged")
    assert "train:toy" in project.planned()
    project.write("models/toy/version.json", "not JSON")
    project.commit("forged")
    assert "train:toy" in project.planned()
