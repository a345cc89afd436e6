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
