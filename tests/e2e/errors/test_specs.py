"""Broken specs: every problem of every file at once, the same from every verb, and nothing done."""

from __future__ import annotations

import json

import pytest
from e2e.project import Project

BAD = """\
apiVersion: mlspec/v1
kind: Model
name: bad
data:
  sources:
    - {name: rows, path: data/rows.csv}
training:
  estimator: sklearn.linear_model.LogisticRegression
  target: y
  parms: {C: 1.0}
evaluation:
  metrics: [acuracy]
  gates:
    - {metric: accuracy, mim: 0.5}
deploy:
  prodction: {}
"""
PROBLEMS = (
    "specs/bad.yaml:10:3: unknown field `parms` (did you mean `params`?)",
    "did you mean `accuracy`?",
    "specs/bad.yaml:14:26: unknown field `mim` (did you mean `min`?)",
    "did you mean `production`?",
)


@pytest.mark.parametrize(
    "verb",
    [["plan"], ["apply", "--yes"], ["reconcile"], ["status"], ["compile"], ["compile", "--check"], ["graph"]],
    ids=" ".join,
)
def test_every_verb_tells_all_problems_of_all_files(project: Project, quick, verb: list[str]) -> None:
    project.write("specs/bad.yaml", BAD)
    project.write("specs/worse.yaml", "kind: Model\n  name: [\n")
    project.commit()
    before = project.state
    done = quick(project, *verb, code=1)
    assert done.out == ""
    for problem in PROBLEMS:
        assert problem in done.err
    assert "specs/worse.yaml:" in done.err
    assert project.state == before


def test_validate_gives_its_problems_as_results(project: Project, quick) -> None:
    project.write("specs/bad.yaml", BAD)
    done = quick(project, "validate", code=1)
    for problem in PROBLEMS:
        assert problem in done.out
    assert done.err.startswith("4 problems")
    problems = json.loads(quick(project, "validate", "--json", code=1).out)["problems"]
    assert {problem["path"] for problem in problems} == {"specs/bad.yaml"}
    assert all(problem["line"] and problem["message"] for problem in problems)


def test_a_spec_that_is_not_committed_yet_counts_too(project: Project, quick) -> None:
    project.edit("specs/toy.yaml", "params: {C: 1.0}", "max_dept: 3")
    done = quick(project, "plan", code=1)
    assert "specs/toy.yaml:17:3: unknown field `max_dept`" in done.err
    assert done.out == ""


def test_no_spec_at_all(project: Project, quick) -> None:
    project.git("rm", "--quiet", "specs/toy.yaml")
    project.commit()
    for verb in (["plan"], ["apply", "--yes"], ["status"]):
        done = quick(project, *verb, code=1)
        assert "there is no model's spec under `specs/`" in done.err
        assert "hint: mlspec init --example wine" in done.err


def test_a_broken_project_spec(project: Project, quick) -> None:
    project.write("specs/project.yaml", "apiVersion: mlspec/v1\nkind: Project\nenviroments: {production: {}}\n")
    for verb in (["plan"], ["validate"], ["compile"]):
        done = quick(project, *verb, code=1)
        told = "specs/project.yaml:3:1: unknown field `enviroments` (did you mean `environments`?)"
        assert told in done.out + done.err


def test_an_unknown_target(project: Project, quick) -> None:
    project.write(
        "specs/project.yaml",
        "apiVersion: mlspec/v1\nkind: Project\nname: shop\nenvironments: {production: {target: proces}}\n",
    )
    assert "did you mean `process`?" in quick(project, "plan", code=1).err


def test_two_models_of_one_name(project: Project, quick) -> None:
    project.write("specs/again.yaml", project.read("specs/toy.yaml"))
    done = quick(project, "plan", code=1)
    assert "specs/again.yaml:3:1: the name `toy` is taken" in done.err
    assert "specs/toy.yaml:3:1: the name `toy` is taken" in done.err


def test_a_spec_that_is_no_text(project: Project, quick) -> None:
    (project.root / "specs/toy.yaml").write_bytes(b"\xff\xfe\x00kind")
    assert "specs/toy.yaml:" in quick(project, "plan", code=1).err
