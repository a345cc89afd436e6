"""Generated files that were edited, are stale, or whose place somebody else's file has taken."""

from __future__ import annotations

import pytest
from e2e.project import Project

FILE = "models/toy/params.yaml"


def test_a_hand_edited_file(project: Project, quick) -> None:
    project.write(FILE, project.read(FILE) + "more: 1\n")
    project.commit("by hand")
    before = project.state
    checked = quick(project, "compile", "--check", code=3)
    assert f"  {FILE}: hand-edited" in checked.err
    assert "mlspec compile" in checked.err
    assert checked.out == ""
    refused = quick(project, "compile", code=1)
    assert "these files were edited by hand" in refused.err
    assert f"  {FILE}: hand-edited" in refused.err
    assert "--force" in refused.err
    assert "HandEdited" in project.held()
    assert project.planned() == []
    applied = quick(project, "apply", "--yes")
    assert FILE in applied.out
    assert project.state == before
    assert f"wrote {FILE}" in quick(project, "compile", "--force").out
    assert "more: 1" not in project.read(FILE)
    assert "All generated files are current." in quick(project, "compile", "--check").out


def test_a_hand_edited_file_of_the_project(project: Project, quick) -> None:
    path = ".github/workflows/mlspec-plan.yml"
    project.write(path, project.read(path) + "# mine\n")
    project.commit("by hand")
    assert path in project.held()["HandEdited"]
    assert f"  {path}: hand-edited" in quick(project, "compile", "--check", code=3).err


def test_a_stale_file(project: Project, quick) -> None:
    project.spec("C: 1.0", "C: 2.0")
    done = quick(project, "compile", "--check", code=3)
    assert f"  {FILE}: stale" in done.err
    assert "1 generated file is not current" in done.err
    (project.root / FILE).unlink()
    assert f"  {FILE}: missing" in quick(project, "compile", "--check", code=3).err
    assert f"wrote {FILE}" in quick(project, "compile").out
    assert project.status.split() == ["M", FILE]


def test_a_foreign_file_in_the_way(project: Project, quick) -> None:
    project.write(FILE, "mine: 1\n")
    project.commit("mine")
    assert f"  {FILE}: foreign" in quick(project, "compile", "--check", code=3).err
    refused = quick(project, "compile", code=1)
    assert f"  {FILE}: foreign" in refused.err
    assert project.read(FILE) == "mine: 1\n"
    assert "HandEdited" in project.held()


@pytest.mark.parametrize(
    ("target", "words"),
    [("../../elsewhere.yaml", f"{FILE}: foreign"), ("/etc/hostname", f"{FILE}: this link leads out of the project")],
)
def test_a_link_in_the_way(project: Project, quick, target: str, words: str) -> None:
    project.write("elsewhere.yaml", "mine: 1\n")
    (project.root / FILE).unlink()
    (project.root / FILE).symlink_to(target)
    assert words in quick(project, "compile", code=1).err
    assert (project.root / FILE).is_symlink()
    assert project.read("elsewhere.yaml") == "mine: 1\n"
