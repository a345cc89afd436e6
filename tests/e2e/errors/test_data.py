"""Data that is not there, is not what its pointer says, or breaks its rules."""

from __future__ import annotations

import shutil

import pytest
from e2e.project import Project


def tracked(project: Project) -> Project:
    """The same project with its data under DVC instead of git."""
    project.git("rm", "--quiet", "--cached", "data/rows.csv")
    project.write(".gitignore", project.read(".gitignore") + "/data/rows.csv\n")
    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("data to DVC")
    return project


def test_data_that_nobody_has(project: Project, quick) -> None:
    project.spec("data/rows.csv", "data/row.csv")
    project.git("rm", "--quiet", "data/rows.csv")
    project.commit()
    before = project.state
    for verb in (["plan"], ["apply", "--yes"], ["status"]):
        done = quick(project, *verb, code=1)
        assert "specs/toy.yaml:7: `data/row.csv` is tracked neither by git nor by DVC" in done.err
        assert "git add data/row.csv, or dvc add data/row.csv; or correct the path" in done.err
    assert project.state == before


def test_dvc_tracked_data_that_is_nowhere(project: Project, quick) -> None:
    tracked(project)
    (project.root / "data/rows.csv").unlink()
    shutil.rmtree(project.root / ".dvc/cache")
    before = project.state
    assert "1 to train" in quick(project, "plan").out
    done = project.mlspec("apply", "--yes", code=1)
    assert "`data/rows.csv` is not here, and DVC's cache and remote do not have it" in done.out
    assert "dvc pull" in done.out
    assert project.state == before


def test_dvc_tracked_data_that_was_edited(project: Project) -> None:
    tracked(project)
    project.write("data/rows.csv", project.read("data/rows.csv") + "0.1,0.1,0\n")
    before = project.state
    done = project.mlspec("apply", "--yes", code=1)
    assert "`data/rows.csv` is not what its pointer says" in done.out
    assert "dvc add data/rows.csv" in done.out
    assert project.state == before
    assert project.read("data/rows.csv").endswith("0.1,0.1,0\n")


@pytest.mark.slow
def test_rows_that_break_the_rules(trained_project: Project) -> None:
    project = trained_project
    project.write("data/rows.csv", project.read("data/rows.csv") + "7.5,0.1,0\n-3,0.2,2\nx,0.3,1\n")
    project.commit("bad rows")
    before = project.state
    done = project.mlspec("apply", "--yes", "--json", code=1)
    outcome = next(item for item in done.json["outcomes"] if item["action"] == "train")
    assert outcome["status"] == "failed"
    told = "\n".join(outcome["lines"])
    assert all(line in done.err for line in outcome["lines"])
    for words in ("column a", "max 1", "7.5", "min 0", "-3", "column y", "'x'"):
        assert words in told, words
    assert project.state == before
    assert project.tags == ["toy@v0.1.0"]


@pytest.mark.slow
def test_a_file_that_is_no_table(trained_project: Project) -> None:
    project = trained_project
    (project.root / "data/rows.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    project.commit("no table")
    before = project.state
    done = project.mlspec("apply", "--yes", code=1)
    assert "data/rows.csv" in done.out
    assert project.state == before
