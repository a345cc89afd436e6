"""Searches and limits by the real command line: trials kept with the version, DVC's own view, nothing left behind."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow

SEARCH = """\
  search:
    trials: 4
    folds: 3
    maximize: accuracy
    space:
      C: {min: 0.001, max: 10.0, log: true}
      fit_intercept: [true, false]
"""


def searching(project: Project) -> None:
    """The toy with a search in place of its one parameter."""
    project.edit("specs/toy.yaml", "  params: {C: 1.0}\n", SEARCH)
    project.mlspec("compile")
    project.commit("search")


def test_a_search_leaves_its_trials_with_the_version(project: Project) -> None:
    searching(project)
    done = project.mlspec("apply", "--yes", "--only", "train", "--jobs", "2", "--json", "-")
    (outcome,) = [item for item in done.json["outcomes"] if item["action"] == "train"]
    assert (outcome["status"], outcome["version"]) == ("done", "v0.1.0")
    table = list(csv.DictReader(project.git("show", "toy@v0.1.0:models/toy/trials.csv").splitlines()))
    assert [row["trial"] for row in table] == ["1", "2", "3", "4"]
    best = max(table, key=lambda row: float(row["score"]))
    record = json.loads(project.git("tag", "--list", "--format=%(contents:body)", "toy@v0.1.0"))
    assert record["search"]["best"]["C"] == float(best["C"])
    assert (record["search"]["trials"], record["search"]["metric"]) == (4, "accuracy")
    assert project.status == ""
    assert project.dvc("status").strip() == "Data and pipelines are up to date."
    assert "train:toy" not in project.planned()

    shown = json.loads(project.dvc("metrics", "show", "--json"))[""]["data"]
    assert shown["models/toy/search.json"]["data"]["score"] == float(best["score"])
    drawn = json.loads(project.dvc("plots", "show", "--json"))
    assert len(drawn["data"]["models/toy/trials.csv"][0]["content"]["data"]["values"]) == 4

    # another space: only that is named, and DVC tells the two searches apart
    project.spec("max: 10.0", "max: 1.0")
    (action,) = [item for item in project.plan()["actions"] if item["action"] == "train"]
    assert [(item["kind"], item["subject"]) for item in action["because"]] == [
        ("ParamChanged", "training.search.space.C")
    ]
    project.mlspec("apply", "--yes", "--only", "train")
    changed = json.loads(project.dvc("metrics", "diff", "--json", "toy@v0.1.0"))
    assert "best.C" in changed["models/toy/search.json"]

    # without a search its files are gone
    project.spec(SEARCH.replace("10.0", "1.0"), "  params: {C: 1.0}\n")
    project.mlspec("apply", "--yes", "--only", "train")
    assert not (project.root / "models/toy/trials.csv").exists()
    assert project.git("ls-files", "models/toy/search.json") == ""
    assert project.status == ""


def test_a_training_that_takes_too_long_leaves_nothing(project: Project) -> None:
    command = "  command: python wait.py\n  outs: [models/toy/toy.skops]\n  compute: {timeout: 2s}\n"
    project.write("wait.py", "import time\nopen('models/toy/toy.skops', 'w').close()\ntime.sleep(120)\n")
    project.edit("specs/toy.yaml", "  estimator: sklearn.linear_model.LogisticRegression\n", command)
    project.mlspec("compile")
    project.commit("a command")
    before = project.refs
    done = project.mlspec("apply", "--yes", "--only", "train", code=1)
    line = 1 + project.read("specs/toy.yaml").splitlines().index("  compute: {timeout: 2s}")
    assert f"specs/toy.yaml:{line}: stage train was ended: it took longer than 2s" in done.out
    assert (project.status, project.refs) == ("", before)
    assert not Path(project.root / "models/toy/toy.skops").exists()
    assert "train:toy" in project.planned(), "it may go better another time"
