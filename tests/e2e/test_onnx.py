"""`serving.format: onnx` by the real command line: the same answers without scikit-learn, or held with the reason."""

from __future__ import annotations

import csv
import json
import urllib.request
from typing import Any

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow

MODEL = """\
apiVersion: mlspec/v1
kind: Model
name: {name}
data:
  sources: [{{name: rows, path: data/rows.csv}}]
  split: {{test: 0.3, seed: 1}}
training: {{estimator: sklearn.{estimator}, target: {target}, exclude: [{other}], params: {{random_state: 7}}}}
evaluation: {{metrics: [{metric}], checks: {{serving_parity: {parity}}}}}
deploy: {{production: {{}}}}
"""
COLOURS = ("red", "blue", "dark green", "")


@pytest.fixture
def two(project: Project) -> Project:
    """A classifier with a category that may be missing, and a regressor; both are trained and served from skops."""
    rows = list(csv.reader(project.read("data/rows.csv").splitlines()))[1:]
    lines = [f"{a},{COLOURS[n % 4]},{b},{'high' if y == '1' else 'low'}" for n, (a, b, y) in enumerate(rows)]
    project.write("data/rows.csv", "\n".join(["a,the colour,b,y", *lines]) + "\n")
    project.git("rm", "--quiet", "-r", "specs/toy.yaml", "models/toy")
    forest = {
        "estimator": "ensemble.RandomForestClassifier",
        "target": "y",
        "other": "b",
        "metric": "accuracy",
        "parity": "true",
    }
    boosted = {
        "estimator": "ensemble.GradientBoostingRegressor",
        "target": "b",
        "other": "y",
        "metric": "r2",
        "parity": "false",
    }
    for name, given in {"level": forest, "amount": boosted}.items():
        project.write(f"specs/{name}.yaml", MODEL.format(name=name, **given))
    project.mlspec("compile")
    project.commit("two models")
    project.mlspec("apply", "--yes")
    return project


def ask(project: Project, model: str) -> dict[str, Any]:
    """The server's answer to all held-out rows."""
    rows = list(csv.DictReader(project.read(f"models/{model}/prepared/test.csv").splitlines()))
    given = [{"a": float(row["a"]), "the colour": row["the colour"] or None} for row in rows]
    return request(project, model, "/predict", {"rows": given})


def request(project: Project, model: str, path: str, body: object = None) -> dict[str, Any]:
    """A request to what serves a model."""
    models = {each["name"]: each for each in project.mlspec("status", "--json").json["models"]}
    url = models[model]["environments"][0]["endpoint"] + path
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def near(document: Any) -> Any:
    """The same up to the last digits of numbers."""
    if isinstance(document, dict):
        return {key: near(value) for key, value in document.items() if key != "version"}
    if isinstance(document, list):
        return [near(value) for value in document]
    return pytest.approx(document, rel=1e-12, abs=1e-12) if isinstance(document, float) else document


def test_another_format_is_another_version_with_the_same_answers(two: Project) -> None:
    before = {name: ask(two, name) for name in ("level", "amount")}
    fitted = two.dvc("status"), two.read("models/level/dvc.lock")
    for name in before:
        two.edit(f"specs/{name}.yaml", "deploy:", "serving: {format: onnx}\ndeploy:")
    two.commit("faster")
    because = [action["because"][0] for action in two.plan()["actions"] if action["action"] == "train"]
    told = [(reason["kind"], reason["subject"], reason["old"], reason["new"]) for reason in because]
    assert told == [("FormatChanged", "serving.format", "skops", "onnx")] * 2
    done = two.mlspec("reconcile")
    assert "onnx_parity: max 1e-05: measured 0, needs 1e-05" in done.out + done.err
    for name, wanted in before.items():
        answer = ask(two, name)
        assert (answer.pop("version"), answer) == ("v0.2.0", near(wanted))
        assert request(two, name, f"/v2/models/{name}")["platform"] == "mlspec_onnx"
        record = json.loads(two.read(f"models/{name}/version.json"))
        assert [file["path"] for file in record["artefact"]] == ["model.onnx", "signature.json"]
    for name in before:
        last = json.loads(two.git("show", f"refs/mlspec/project:models/{name}.json"))["trainings"][-1]
        assert sorted(last["stages"]) == ["evaluate", "export"], "nothing was fitted again"
    assert (two.planned(), two.status) == ([], "")
    assert two.dvc("status") == fitted[0]
    two.mlspec("verify", "level")
    assert "ONNX" in two.mlspec("card", "level").out

    two.edit("specs/level.yaml", "serving: {format: onnx}\n", "")
    two.commit("back")
    assert [each for each in two.planned() if each.startswith("train")] == [], "v0.1.0 is there"
    two.mlspec("reconcile")
    assert ask(two, "level") == before["level"]


def test_a_model_that_answers_otherwise_is_held(project: Project) -> None:
    """The converter gives shares of two classes by a softmax, where this estimator has a sigmoid."""
    estimator, words = "discriminant_analysis.LinearDiscriminantAnalysis", "onnx_parity: max 1e-05: measured 0."
    project.edit("specs/toy.yaml", "linear_model.LogisticRegression", estimator)
    project.edit("specs/toy.yaml", "  params: {C: 1.0}\n", "")
    project.edit("specs/toy.yaml", "min: 0.55", "min: 0.1")
    project.edit("specs/toy.yaml", "deploy:", "serving: {format: onnx}\ndeploy:")
    project.commit("onnx")
    done = project.mlspec("reconcile")
    assert words in done.out + done.err
    assert (project.tags, project.status) == ([], "")
    assert words in project.held()["GateFailed"], "it is not tried again"
    assert project.planned() == []
    project.edit("specs/toy.yaml", "serving: {format: onnx}\n", "")
    project.commit("as it was")
    assert "train:toy" in " ".join(project.planned())
