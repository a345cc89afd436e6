"""Gates that fail: nothing is registered or deployed, and nothing is trained again until something changes."""

from __future__ import annotations

import pytest
from e2e.project import Project

GATE = "{metric: accuracy, min: 0.55}"


@pytest.mark.slow
def test_a_first_training_that_fails_its_gate(project: Project) -> None:
    project.spec(GATE, "{metric: accuracy, min: 0.999}")
    before = project.state
    done = project.mlspec("apply", "--yes", "--json")
    outcomes = {item["id"]: item["status"] for item in done.json["outcomes"]}
    assert set(outcomes.values()) == {"held"}
    assert "! train     toy  held: accuracy: min 0.999: measured 0." in done.err
    after = project.state
    assert {key: after[key] for key in ("head", "commit", "status")} == {
        key: before[key] for key in ("head", "commit", "status")
    }
    assert project.tags == []
    message = project.held()["GateFailed"]
    assert "accuracy: min 0.999: measured 0." in message
    assert "specs/toy.yaml:21" in message
    again = project.mlspec("reconcile")
    assert "No changes; 1 held." in again.out
    assert project.state == after
    assert "GateFailed" in project.mlspec("status").out
    assert "held" in project.mlspec("history", "toy").out
    project.spec("{metric: accuracy, min: 0.999}", GATE)
    assert project.planned()[:2] == ["train:toy", "register:toy"]
    project.mlspec("apply", "--yes", "--only", "train")
    assert project.tags == ["toy@v0.1.0"]


def test_a_stricter_gate_judges_what_is_registered_without_training(trained_project: Project, quick) -> None:
    project = trained_project
    project.spec(GATE, "{metric: accuracy, min: 0.999}")
    assert project.planned() == []
    assert "accuracy: min 0.999: measured 0." in project.held()["GateFailed"]
    before = project.state
    assert "0 " not in quick(project, "reconcile").out
    assert project.state == before
    project.spec("{metric: accuracy, min: 0.999}", "{metric: accuracy, min: 0.5}")
    assert "promote:toy:production" in project.planned()
    assert "train:toy" not in project.planned()


@pytest.mark.slow
def test_a_metric_that_is_not_a_number(project: Project) -> None:
    project.write("data/rows.csv", "a,b,y\n" + "".join(f"0.{row:02},0.5,{row / 7}\n" for row in range(21)))
    project.edit("specs/toy.yaml", "sklearn.linear_model.LogisticRegression", "sklearn.linear_model.Ridge")
    project.edit("specs/toy.yaml", "params: {C: 1.0}", "params: {alpha: 1.0}")
    project.edit("specs/toy.yaml", "      y: {type: integer, values: [0, 1]}\n", "")
    project.edit("specs/toy.yaml", "{test: 0.3, stratify: y, seed: 1}", "{test: 0.04, seed: 1}")
    project.edit("specs/toy.yaml", "[accuracy]", "[r2]")
    project.edit("specs/toy.yaml", GATE, "{metric: r2, min: 0.1}")
    project.mlspec("compile")
    project.commit("one test row")
    before = project.state
    done = project.mlspec("apply", "--yes", code=1)
    assert "evaluation.metrics: r2 is not defined on these 1 test rows" in done.out
    assert project.state == before


@pytest.mark.slow
def test_a_held_training_does_not_keep_back_other_settings(trained_project: Project) -> None:
    project = trained_project
    project.mlspec("apply", "--yes")
    project.spec("{}", "{replicas: 2}")
    project.spec("params: {C: 1.0}", "params: {C: 0.5}")
    project.spec(GATE, "{metric: accuracy, min: 0.999}")
    done = project.mlspec("reconcile", "--json")
    outcomes = {item["id"]: item["status"] for item in done.json["outcomes"]}
    assert (outcomes["train:toy"], outcomes["scale:toy:production"]) == ("held", "done")
    assert project.planned() == []
