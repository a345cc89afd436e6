"""Deployments that fail: the old one serves on, and what failed is not tried again."""

from __future__ import annotations

import json
import socket
import urllib.request
from typing import Any

import pytest
from e2e.project import ESTIMATOR, Project
from fakes.engine import free_port

TYPES = """\
from sklearn.linear_model import LogisticRegression


class Mine(LogisticRegression):
    \"\"\"A class that the server does not have.\"\"\"
"""
FIT = """\
import pathlib
import pandas as pd
import skops.io
from mine import Mine

table = pd.read_csv("models/toy/prepared/train.csv")
out = pathlib.Path("out/m.skops")
out.parent.mkdir(exist_ok=True)
skops.io.dump(Mine().fit(table[["a", "b"]].to_numpy(), table["y"]), out)
"""


def endpoint(project: Project) -> dict[str, Any]:
    """The production place in the status."""
    model = project.mlspec("status", "--json").json["models"][0]
    place: dict[str, Any] = model["environments"][0]
    return place


def answers(url: str) -> int:
    """The status of a prediction."""
    body = json.dumps({"rows": [{"a": 0.2, "b": 0.9}]}).encode()
    request = urllib.request.Request(f"{url}/predict", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


@pytest.mark.slow
def test_a_port_that_somebody_else_has(trained_project: Project) -> None:
    project = trained_project
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port := free_port()))
        taken.listen()
        project.spec("production: {}", f"production: {{port: {port}}}")
        done = project.mlspec("apply", "--yes", code=1)
        assert "✗ deploy" in done.out
        assert str(port) in done.out
        assert "set deploy.production.port of toy to a free port, or leave it out" in done.out
        assert project.status == ""
        assert endpoint(project)["health"] == "Missing"
        # Nothing is wrong with the version: it is tried again.
        assert project.planned() == ["deploy:toy:production"]
    project.mlspec("apply", "--yes")
    assert endpoint(project)["endpoint"] == f"http://127.0.0.1:{port}"


@pytest.mark.slow
def test_a_version_that_never_gets_healthy(trained_project: Project) -> None:
    project = trained_project
    project.spec("deploy:\n", "serving:\n  trust: [mine.Mine]\ndeploy:\n")
    project.mlspec("apply", "--yes")
    old = endpoint(project)
    project.write("src/mine.py", TYPES)
    project.write("src/fit.py", FIT)
    project.write(".gitignore", project.read(".gitignore") + "/out/\n")
    project.edit("specs/toy.yaml", "    - {metric: accuracy, min: 0.55}\n", "    - {metric: accuracy, min: 0.1}\n")
    training = "  command: PYTHONPATH=src python src/fit.py\n  deps: [src]\n  outs: [out/m.skops]\n"
    project.edit("specs/toy.yaml", ESTIMATOR, training)
    project.write("mine.py", TYPES)  # where the package and evaluate steps find it
    project.commit()
    done = project.mlspec("apply", "--yes", code=1)
    assert "did not become ready" in done.out
    assert "mine" in done.out
    assert "what ran before still runs" in done.out
    assert "toy@v0.2.0" in project.tags
    now = endpoint(project)
    assert (now["actual"], now["health"], now["endpoint"]) == ("v0.1.0", "Healthy", old["endpoint"])
    assert answers(now["endpoint"]) == 200
    assert project.planned() == []
    assert "v0.2.0 never became healthy here" in project.held()["RolloutFailed"]
    tags = project.tags
    project.mlspec("reconcile")  # it may note that the old one runs, and must not forget that the new one failed
    before = project.state
    assert "RolloutFailed" in project.mlspec("reconcile").out
    assert project.state == before
    assert project.tags == tags
    assert "failed" in project.mlspec("history", "toy").out
