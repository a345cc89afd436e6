"""The export step, and what the evaluation then measures: the file that is served, beside what was fitted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mlspec.errors import MlspecError
from mlspec.steps.evaluate import compare
from mlspec.steps.params import load_params

Project = Any

STEPS = ("validate", "prepare", "train", "export", "evaluate")


def estimate(project: Project, estimator: str, **params: Any) -> None:
    """Train this one, and serve it by ONNX."""
    project.params["serving"] = {"format": "onnx"}
    project.params["training"] |= {"estimator": estimator, "params": params}


def found(project: Project) -> dict[str, Any]:
    """metrics.json."""
    metrics: dict[str, Any] = json.loads((project.model / "metrics.json").read_bytes())
    return metrics


def test_what_is_measured_is_what_is_served(project: Project) -> None:
    estimate(project, "sklearn.ensemble.RandomForestClassifier", n_estimators=10, random_state=7)
    project.params["training"]["exclude"] = []
    project.run(*STEPS)
    served = project.model / "onnx"
    assert sorted(path.name for path in served.iterdir()) == ["model.onnx", "signature.json"]
    metrics = found(project)
    assert metrics["agreement"] == {"rows": 90, "difference": 0.0}, "the test rows; without a value; with a new colour"
    size = (served / "model.onnx").stat().st_size + (served / "signature.json").stat().st_size
    project.params["evaluation"]["metrics"] = ["accuracy", "model_size"]
    project.run("evaluate")
    assert found(project)["model_size"] == size
    (served / "model.onnx").write_bytes(b"no model")
    assert "can't be loaded" in project.fail("evaluate"), "the fitted model does not stand in for it"


def test_a_model_without_such_a_form_is_measured_all_the_same(project: Project) -> None:
    estimate(project, "sklearn.dummy.DummyClassifier")
    project.run(*STEPS)
    assert sorted(path.name for path in (project.model / "onnx").iterdir()) == ["refused.json", "signature.json"]
    metrics = found(project)
    assert metrics["agreement"]["because"].startswith("DummyClassifier has no ONNX form: ")
    assert metrics["accuracy"] == pytest.approx(1 / 3)
    estimate(project, "sklearn.linear_model.LogisticRegression")
    project.run("train", "export", "evaluate")
    assert "refused.json" not in {path.name for path in (project.model / "onnx").iterdir()}


OWN = """
import json, os, pathlib
names = sorted(path.name for path in pathlib.Path(os.environ["MODEL_DIR"]).iterdir())
found = {"converted": int("model.onnx" in names), "files": len(names)}
pathlib.Path(os.environ["METRICS_FILE"]).write_text(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("estimator", "converted"),
    [("sklearn.linear_model.LogisticRegression", 1), ("sklearn.dummy.DummyClassifier", 0)],
)
def test_a_command_measures_what_is_served_and_answers_are_compared(
    estimator: str, converted: int, project: Project
) -> None:
    """The gate needs the comparison, whoever measures; without a converted model the fitted one is measured."""
    estimate(project, estimator)
    (project.folder / "measure.py").write_text(OWN)
    project.params["evaluation"] = {"metrics": ["converted", "files"], "command": f"{sys.executable} measure.py"}
    project.run(*STEPS)
    metrics = found(project)
    assert (metrics["converted"], metrics["files"]) == (converted, 2)
    assert metrics["agreement"].keys() & {"because", "rows"} == ({"rows"} if converted else {"because"})
    size = sum(path.stat().st_size for path in (project.model / ("onnx" if converted else "model")).iterdir())
    assert metrics["model_size"] == size


def test_other_answers_are_found(project: Project) -> None:
    """skl2onnx gives shares of two classes by a softmax, where this estimator has a sigmoid."""
    estimate(project, "sklearn.discriminant_analysis.LinearDiscriminantAnalysis")
    project.source((project.folder / "data.csv").read_text().replace(",2\n", ",1\n"))
    project.run(*STEPS)
    agreement = found(project)["agreement"]
    assert agreement["rows"] == 30
    assert 0.001 < agreement["difference"] < 1
    assert {"row", "fitted", "served"} <= agreement.keys()


def test_missing_values_are_tried_where_a_column_may_miss_them(project: Project) -> None:
    estimate(project, "sklearn.ensemble.HistGradientBoostingClassifier", max_iter=5, random_state=7)
    project.run(*STEPS)
    metrics = found(project)
    assert (metrics["agreement"]["rows"], metrics["agreement"]["difference"] < 1e-12) == (60, True)


def test_what_converts_has_to_be_installed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate(project, "sklearn.linear_model.LogisticRegression")
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    monkeypatch.delitem(sys.modules, "mlspec.steps.onnx.convert", raising=False)
    project.run("validate", "prepare", "train")
    said = project.fail("export")
    assert "needs the package skl2onnx" in said
    assert "pip install 'mlspec[onnx]'" in said


def test_a_version_in_another_format_needs_its_runtime(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the released version is an ONNX file and the spec went back to skops without the extra."""
    estimate(project, "sklearn.linear_model.LogisticRegression")
    project.run(*STEPS[:4])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "mlspec.steps.onnx.run", raising=False)
    params = load_params(Path("models/flower/params.yaml"))
    with pytest.raises(MlspecError, match="needs the package onnxruntime") as caught:
        compare(params, params.bundle)
    assert "pip install 'mlspec[onnx]'" in str(caught.value.hint)
