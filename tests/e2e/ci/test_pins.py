"""A bot updates the pins of generated workflows: that is taken into the project's spec, and nothing else is."""

from __future__ import annotations

import re

import pytest
import yaml
from e2e.project import Project

PLAN = ".github/workflows/mlspec-plan.yml"
RECONCILE = ".github/workflows/mlspec-reconcile.yml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SPEC = """\
apiVersion: mlspec/v1
kind: Project
name: shop        # ours

environments:
  production: {target: process}   # "quoted"
ci: {tests: 'none'}
"""


def bump(project: Project, path: str, release: str, commit: str = COMMIT) -> None:
    """What the bot does."""
    text = re.sub(r"(actions/checkout@)\S+ # \S+", rf"\g<1>{commit} # {release}", project.read(path))
    project.write(path, text)


@pytest.fixture
def bumped(project: Project) -> Project:
    """A project with comments in its spec, whose reconcile workflow a bot has updated."""
    project.write("specs/project.yaml", SPEC)
    project.mlspec("compile")
    project.commit("spec")
    bump(project, RECONCILE, "v99.1.0")
    project.commit("Bump actions/checkout")
    return project


def test_a_newer_pin_passes_the_check_and_is_taken_in(bumped: Project) -> None:
    checked = bumped.mlspec("compile", "--check")
    assert "newer than ours: actions/checkout v99.1.0" in checked.err
    assert bumped.plan()["summary"] == {"train": 1, "register": 1, "promote": 1, "deploy": 1}
    assert bumped.held() == {}
    bumped.mlspec("compile")
    added = f"ci: {{tests: 'none', pins: {{actions/checkout: {{commit: {COMMIT}, release: v99.1.0}}}}}}\n"
    assert bumped.read("specs/project.yaml") == SPEC.replace("ci: {tests: 'none'}\n", added)
    for path in (PLAN, RECONCILE):
        assert set(re.findall(r"actions/checkout@(\S+) # (\S+)", bumped.read(path))) == {(COMMIT, "v99.1.0")}
    again = bumped.mlspec("compile", "--check")
    assert "newer" not in again.err


def test_the_next_one_takes_its_place(bumped: Project) -> None:
    bumped.mlspec("compile")
    other = COMMIT[::-1]
    bump(bumped, PLAN, "v100.0.0", other)
    bumped.mlspec("compile")
    pins = yaml.safe_load(bumped.read("specs/project.yaml"))["ci"]["pins"]
    assert pins == {"actions/checkout": {"commit": other, "release": "v100.0.0"}}


@pytest.mark.parametrize("release", ["v1.0.0", "v7"])
def test_an_older_pin_is_an_edit_by_hand(project: Project, release: str) -> None:
    bump(project, PLAN, release)
    assert f"{PLAN}: hand-edited" in project.mlspec("compile", "--check", code=3).err
    project.mlspec("compile", code=1)


def test_a_pin_beside_another_edit_is_an_edit_by_hand(bumped: Project) -> None:
    bumped.edit(RECONCILE, "contents: read", "contents: write")
    assert f"{RECONCILE}: hand-edited" in bumped.mlspec("compile", "--check", code=3).err
    assert "pins" not in bumped.read("specs/project.yaml")
    bumped.mlspec("compile", code=1)
    assert bumped.read("specs/project.yaml") == SPEC


def test_without_a_spec_of_the_project_there_is_one_then(project: Project) -> None:
    project.git("rm", "-q", "specs/project.yaml")
    project.mlspec("compile")
    project.commit("defaults")
    bump(project, PLAN, "v99.0.0")
    project.mlspec("compile")
    assert yaml.safe_load(project.read("specs/project.yaml"))["ci"]["pins"]["actions/checkout"]["release"] == "v99.0.0"
    project.mlspec("compile", "--check")


def test_a_model_s_schedule_comes_to_the_workflow_and_the_plan_knows(project: Project) -> None:
    project.edit("specs/toy.yaml", "deploy:\n", 'retrain: {schedule: "7 4 * * mon"}\ndeploy:\n')
    assert f"{RECONCILE}: stale" in project.mlspec("compile", "--check", code=3).err
    assert "compile" in [action.split(":")[0] for action in project.planned()]
    project.mlspec("compile")
    assert '- cron: "7 4 * * mon"' in project.read(RECONCILE)
    project.commit("a schedule")
    bump(project, RECONCILE, "v99.1.0")
    project.commit("Bump actions/checkout")
    assert "newer than ours" in project.mlspec("compile", "--check").err
    assert "compile" not in [action.split(":")[0] for action in project.planned()]


def test_a_pipeline_of_ones_own_is_not_overwritten_and_the_way_out_is_said(project: Project) -> None:
    project.write(".gitlab-ci.yml", "test: {script: [make]}\n")
    project.write("specs/project.yaml", SPEC.replace("tests: 'none'", "providers: [gitlab]"))
    assert "ci.file: .gitlab/mlspec.yml" in project.mlspec("compile", code=1).err
    project.edit("specs/project.yaml", "[gitlab]", "[gitlab], file: .gitlab/mlspec.yml")
    project.mlspec("compile")
    assert project.read(".gitlab-ci.yml") == "test: {script: [make]}\n"
    assert "mlspec-train:" in project.read(".gitlab/mlspec.yml")
    assert not (project.root / PLAN).exists()
