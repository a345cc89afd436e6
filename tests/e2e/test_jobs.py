"""Several models at a time by the real command line: one fails, the others become versions, and the end says why."""

from __future__ import annotations

import re

import pytest
from e2e.project import SPEC, Project

pytestmark = pytest.mark.slow


def test_one_failure_keeps_nobody_else_back(project: Project) -> None:
    for name in ("broken", "other"):
        text = SPEC.replace("name: toy", f"name: {name}").replace("deploy:\n  production: {}\n", "deploy: {}\n")
        project.write(
            f"specs/{name}.yaml", text.replace("rows: {min: 20}", "rows: {min: 2000}") if name == "broken" else text
        )
    project.mlspec("compile")
    project.commit("three models")
    done = project.mlspec("apply", "--yes", "--only", "train", "--jobs", "2", code=1)
    assert "Applied: 4 done, 1 failed, 1 skipped." in done.out
    assert re.search(r"✗ train     broken  failed: specs/broken.yaml:\d+: stage \S*validate failed", done.out)
    assert "- skipped, as train broken failed: register broken" in done.out
    assert project.tags == ["other@v0.1.0", "toy@v0.1.0"]
    assert project.status == ""
    assert [name for name in project.planned() if name.startswith("train")] == ["train:broken"]
    log = project.read(".mlspec/logs/other/train.log")
    assert "trained LogisticRegression" in log
