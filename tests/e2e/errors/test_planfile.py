"""Saved plans: applied as they were shown, refused when anything has moved, garbage told apart."""

from __future__ import annotations

import json

import pytest
from e2e.project import Project


@pytest.mark.slow
def test_a_saved_plan_is_applied_without_asking(trained_project: Project, quick) -> None:
    project = trained_project
    quick(project, "plan", "--out", "../toy.plan")
    assert project.status == ""
    done = project.mlspec("apply", "../toy.plan")
    assert "Applied: 2 done." in done.out
    assert "toy v0.1.0 → production: http://127.0.0.1:" in done.out
    before = project.state
    stale = quick(project, "apply", "../toy.plan", code=1)
    assert "the saved plan is stale" in stale.err
    assert "  versions or deployments have changed since" in stale.err
    assert project.state == before


def promote(project: Project) -> None:
    project.mlspec("promote", "toy", "v0.1.0", "--to", "production")


CHANGES = {
    "it was made at": lambda project: project.commit("new"),
    "specs or files have changed since": lambda project: project.edit("specs/toy.yaml", "C: 1.0", "C: 2.0"),
    "versions or deployments have changed since": promote,
}


@pytest.mark.parametrize("why", CHANGES)
def test_a_stale_plan_is_refused(trained_project: Project, quick, why: str) -> None:
    project = trained_project
    quick(project, "plan", "--out", str(project.root.parent / "toy.plan"))
    project.write("README.md", "new\n")
    CHANGES[why](project)
    before = project.state
    done = quick(project, "apply", "../toy.plan", code=1)
    assert "error: the saved plan is stale" in done.err
    assert f"  {why}" in done.err
    assert "hint: mlspec plan again" in done.err
    assert done.out == ""
    assert project.state == before


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\x00", b"[]", b"{}", b'"x"', b'{"mlspec-plan": 2}', b'{"mlspec-plan": 1, "models": [], "plan": {}}'],
)
def test_a_file_that_is_no_plan(project: Project, quick, content: bytes) -> None:
    (project.root.parent / "some.plan").write_bytes(content)
    done = quick(project, "apply", "../some.plan", "--yes", code=1)
    assert "../some.plan is no plan of this mlspec" in done.err
    assert "hint: mlspec plan --out FILE makes one" in done.err
    assert project.state["status"] == ""


def test_a_file_that_is_not_there(project: Project, quick) -> None:
    done = quick(project, "apply", "toy.plan", "--yes", code=1)
    assert "error: can't read toy.plan: No such file or directory" in done.err


def test_a_plan_that_was_tampered_with(project: Project, quick) -> None:
    quick(project, "plan", "--out", "../toy.plan")
    document = json.loads(project.read("../toy.plan"))
    document["plan"]["actions"] = document["plan"]["actions"][:1]
    project.write("../toy.plan", json.dumps(document))
    assert "the saved plan is stale" in quick(project, "apply", "../toy.plan", code=1).err


def test_a_saved_plan_takes_nothing_beside_it(project: Project, quick) -> None:
    quick(project, "plan", "--out", "../toy.plan")
    for more in (["toy"], ["--env", "production"]):
        done = quick(project, "apply", "../toy.plan", *more, code=1)
        assert "a saved plan is applied as it is" in done.err
    assert "can't read ../toy.plna" in quick(project, "apply", "../toy.plna", code=1).err
    unwritable = quick(project, "plan", "--out", "../none/toy.plan", code=1)
    assert "can't write ../none/toy.plan" in unwritable.err
