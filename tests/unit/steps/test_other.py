"""Another version's model on this model's test rows, where one or both make features by a function."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mlspec.steps.evaluate import compare
from mlspec.steps.params import load_params

Project = Any

PLAIN = """
def make(rows):
    made = rows[["width"]] * 2
    made["shade"] = rows["colour"].str[:1]
    return made
"""
STEPS = ("validate", "prepare", "train", "evaluate")
WITH_FUNCTION = ("validate", "transform", "prepare", "train", "evaluate")


def kept(project: Project) -> tuple[Path, dict[str, Any]]:
    """The model as it is, put aside, and its metrics."""
    shutil.rmtree(project.folder / "other", ignore_errors=True)
    shutil.copytree(project.model / "model", project.folder / "other")
    return project.folder / "other", project.read("metrics.json")


def scored(project: Project, other: Path) -> dict[str, Any]:
    return compare(load_params(project.model / "params.yaml"), other)


def test_both_have_a_function_of_their_own(project: Project, own: Any) -> None:
    own(PLAIN)
    project.run(*WITH_FUNCTION)
    other, metrics = kept(project)
    assert scored(project, other) == metrics
    own(PLAIN.replace("* 2", "* 0"))
    project.run(*WITH_FUNCTION)
    assert project.read("metrics.json") != metrics
    assert scored(project, other) == metrics


@pytest.mark.parametrize("first", [True, False])
def test_only_one_has_a_function(project: Project, own: Any, first: bool) -> None:
    for function in (first, not first):
        if function:
            own(PLAIN)
            project.run(*WITH_FUNCTION)
        else:
            project.params.pop("features", None)
            project.run(*STEPS)
        if function is first:
            other, metrics = kept(project)
    assert scored(project, other)["accuracy"] == metrics["accuracy"]


@pytest.mark.parametrize("column", ["colour", "width"])
@pytest.mark.parametrize("functions", [(True, True), (True, False), (False, True)])
def test_both_are_parted_by_the_columns_that_this_model_is(
    project: Project, own: Any, functions: tuple[bool, bool], column: str
) -> None:
    bins = {} if column == "colour" else {"bins": 2}
    project.params["evaluation"]["slices"] = [{"column": column, "min_rows": 1, **bins}]
    for function in functions:
        if function:
            own(PLAIN)
            project.run(*WITH_FUNCTION)
        else:
            project.params.pop("features", None)
            project.params["training"]["exclude"] = ["colour"]
            project.run(*STEPS)
        if "other" not in {path.name for path in project.folder.iterdir()}:
            other, _ = kept(project)
    ours = project.read("metrics.json")["slices"][column]
    found = scored(project, other)["slices"][column]
    assert {name: part["rows"] for name, part in found.items()} == {name: part["rows"] for name, part in ours.items()}
