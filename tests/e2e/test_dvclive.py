"""A training of one's own that logs by DVCLive: DVC shows that beside what mlspec measured, and all stays clean."""

from __future__ import annotations

import json

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow

FIT = """\
import pandas as pd
import skops.io as sio
import yaml
from dvclive import Live
from sklearn.linear_model import SGDClassifier

params = yaml.safe_load(open("models/toy/params.yaml"))["training"]["params"]
rows = pd.read_csv("models/toy/prepared/train.csv")
model = SGDClassifier(random_state=1, loss="log_loss", alpha=params["alpha"])
with Live("models/toy/live", save_dvc_exp=False, dvcyaml=None) as live:
    for epoch in range(3):
        model.partial_fit(rows[["a", "b"]], rows["y"], classes=[0, 1])
        live.log_metric("train/accuracy", float(model.score(rows[["a", "b"]], rows["y"])))
        live.next_step()
sio.dump(model, "models/toy/own.skops")
"""
SHOWN = """\
metrics:
  - models/toy/live/metrics.json
plots:
  - models/toy/live/plots/metrics: {x: step}
"""


def test_what_dvclive_logs_is_kept_and_shown_with_the_version(project: Project) -> None:
    command = "  command: python fit.py\n  outs: [models/toy/own.skops, models/toy/live]\n"
    project.edit("specs/toy.yaml", "  estimator: sklearn.linear_model.LogisticRegression\n", command)
    project.edit("specs/toy.yaml", "{C: 1.0}", "{alpha: 0.001}")
    project.write("fit.py", FIT)
    project.write("dvc.yaml", SHOWN)
    project.mlspec("compile")
    project.commit("a training of one's own")
    project.mlspec("apply", "--yes", "--only", "train")

    assert project.tags == ["toy@v0.1.0"]
    assert project.status == ""
    assert project.dvc("status") == "Data and pipelines are up to date.\n"
    [files] = json.loads(project.dvc("metrics", "show", "--json")).values()
    shown = {path: found["data"] for path, found in files["data"].items()}
    assert shown["models/toy/live/metrics.json"]["step"] == 2
    record = json.loads(project.read("models/toy/version.json"))
    assert shown["models/toy/metrics.json"] == pytest.approx(record["metrics"])
    plots = json.loads(project.dvc("plots", "show", "--json"))["data"]
    [drawn] = plots["models/toy/live/plots/metrics/train/accuracy.tsv"]
    assert [row["step"] for row in drawn["content"]["data"]["values"]] == ["0", "1", "2"]
    assert project.planned() == ["promote:toy:production", "deploy:toy:production"], "nothing is trained for it"
