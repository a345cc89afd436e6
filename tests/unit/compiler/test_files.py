"""The set of generated files, and what changes them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlspec.compiler.files import model_files, project_files, stage_defs
from mlspec.compiler.header import verdict
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec

ROOT = Path(__file__).parents[3]
PROJECT = ProjectSpec()


def model(**training: object) -> ModelSpec:
    """A small model."""
    spec = {
        "name": "wine",
        "data": {"sources": [{"name": "wine", "path": "data/wine.csv"}]},
        "training": {"estimator": "sklearn.linear_model.Ridge", "target": "price"} | training,
        "evaluation": {"metrics": ["r2"]},
    }
    return ModelSpec.model_validate(spec)


def test_each_file_proves_where_it_comes_from() -> None:
    files = model_files(model(), PROJECT, "specs/wine.yaml") | project_files(PROJECT, ["wine"])
    assert len(files) == 8
    assert {verdict(content, b"") for content in files.values()} == {"stale"}


def test_moving_lines_in_a_spec_changes_no_file() -> None:
    one, two = ({"alpha": 1.0, "tol": {"a": 1, "b": 2}}, {"tol": {"b": 2, "a": 1}, "alpha": 1.0})
    assert model_files(model(params=one), PROJECT, "s") == model_files(model(params=two), PROJECT, "s")


def test_a_parameter_changes_params_only() -> None:
    one, two = (model_files(model(params={"alpha": alpha}), PROJECT, "s") for alpha in (1, 2))
    assert [path for path in one if one[path] != two[path]] == ["models/wine/params.yaml"]


def test_no_workflows_without_models_or_when_they_are_the_users() -> None:
    mine = ProjectSpec.model_validate({"ci": {"managed": False}})
    assert project_files(PROJECT, []) == project_files(mine, ["wine"]) == {}


def test_stages_in_order() -> None:
    assert [stage.name for stage in stage_defs(model(), PROJECT)] == ["validate", "prepare", "train", "evaluate"]


ONNX = ROOT / "mlspec" / "serving" / "onnx_file.py"
SKOPS = [ROOT / "mlspec" / "serving" / f"{name}.py" for name in ("skops_file", "estimator", "direct", "trees")]


@pytest.mark.parametrize(("wanted", "others"), [("skops", [ONNX]), ("onnx", SKOPS)])
def test_the_image_needs_a_part_of_what_mlspec_needs(wanted: str, others: list[Path]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {
        *project["dependencies"],
        *(line.partition(";")[0] for line in project["optional-dependencies"]["onnx"]),
    }
    needed = requirements(serving={"format": wanted})
    assert set(needed) < declared
    names = {re.split("[<>=]", line)[0].replace("scikit-learn", "sklearn") for line in needed}
    modules = [path for path in (ROOT / "mlspec" / "serving").rglob("*.py") if path not in others]
    assert third_party(modules) <= names
    assert not names & {"dvc", "typer", "gitpython", "pandera", "jinja2", "pydantic"}


def test_an_image_for_onnx_has_no_science_in_it_but_numpy() -> None:
    lean = {re.split("[<>=]", line)[0] for line in requirements(serving={"format": "onnx"})}
    assert lean == {"httptools", "numpy", "onnxruntime", "orjson", "starlette", "threadpoolctl", "uvicorn", "uvloop"}
    function = {"function": "shop.features:make", "outs": [], "deps": []}
    more = requirements(serving={"format": "onnx"}, features=function)
    assert {re.split("[<>=]", line)[0] for line in more} == lean | {"pandas"}, "the function takes frames"


def requirements(**sections: Any) -> list[str]:
    """The lines of a model's requirements.txt."""
    spec = ModelSpec.model_validate(model().model_dump(by_alias=True, exclude_unset=True) | sections)
    text = model_files(spec, PROJECT, "s")["models/wine/requirements.txt"].decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def third_party(modules: list[Path]) -> set[str]:
    """The packages that modules import."""
    nodes = [node for path in modules for node in ast.walk(ast.parse(path.read_text()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"mlspec"}


def schedules(ci: dict[str, object], *models: str) -> list[str]:
    """When the reconcile workflow runs, with these schedules of models."""
    project = ProjectSpec.model_validate({"ci": ci})
    text = project_files(project, ["wine"], models)[".github/workflows/mlspec-reconcile.yml"]
    return [item["cron"] for item in yaml.load(text, yaml.BaseLoader)["on"].get("schedule", [])]


def test_ci_is_awake_when_models_are_to_be_trained() -> None:
    assert schedules({}, "0 3 * * 1", "23 3 * * *") == ["23 3 * * *", "0 3 * * 1"]
    assert schedules({"schedule": ["5 5 * * *"]}, "0 3 * * 1", "0 2 * * 1") == ["5 5 * * *", "0 2 * * 1", "0 3 * * 1"]
    assert schedules({}, *(f"{n} 3 * * *" for n in range(11))) == ["23 3 * * *", "13 * * * *"]


def test_a_project_that_wants_no_schedule_gets_none() -> None:
    assert schedules({"schedule": None}, "0 3 * * 1") == []
