"""Features by the real command line: a function in training and in the real server, and a command that models share."""

from __future__ import annotations

import csv
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Project

pytestmark = pytest.mark.slow

FUNCTION = '''\
from shop.scales import share


def ratios(rows):
    """A share in place of an amount."""
    made = rows[["a"]].copy()
    made["share"] = share(rows["a"], rows["b"])
    made["large"] = rows["a"] + rows["b"] > 1
    return made
'''
SCALES = "def share(part, rest):\n    return part / (part + rest + 0.001)\n"
JOIN = """\
import csv
import sys

from shop.scales import LIMIT

left, right, out = sys.argv[1:]
rows = {row["id"]: row for row in csv.DictReader(open(right))}
with open(out, "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\\n")
    writer.writerow(["a", "b", "y"])
    for row in csv.DictReader(open(left)):
        if float(row["a"]) < LIMIT:
            writer.writerow([row["a"], rows[row["id"]]["b"], row["y"]])
with open(".mlspec/ran", "a") as file:
    file.write("x")
"""
SHARED = """\
apiVersion: mlspec/v1
kind: Features
name: joined
sources:
  - {name: left, path: data/left.csv}
  - {name: right, path: data/right.csv}
command: python src/shop/join.py data/left.csv data/right.csv models/_features/joined/table.csv
deps: [src/shop/join.py]
outs: [models/_features/joined/table.csv]
"""
MODEL = """\
apiVersion: mlspec/v1
kind: Model
name: {name}
data: {{split: {{test: 0.3, seed: 1}}}}
features: {{from: joined}}
training: {{estimator: sklearn.linear_model.{estimator}, target: {target}}}
evaluation: {{metrics: [{metric}]}}
"""


def with_function(project: Project) -> None:
    """The toy on what a function of its own gives."""
    project.write("src/shop/__init__.py", "")
    project.write("src/shop/scales.py", SCALES)
    project.write("src/shop/features.py", FUNCTION)
    project.edit("specs/toy.yaml", "training:\n", 'features: {function: "shop.features:ratios"}\ntraining:\n')
    project.mlspec("compile")
    project.commit("features")


def ask(endpoint: str, rows: list[dict[str, Any]]) -> Any:
    """The answer to POST /predict."""
    body = json.dumps({"rows": rows}).encode()
    request = urllib.request.Request(f"{endpoint}/predict", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def raw_rows(project: Project) -> list[dict[str, Any]]:
    """The test rows as they are before any feature."""
    table = csv.DictReader(project.read("models/toy/prepared/raw_test.csv").splitlines())
    return [{name: float(cell) for name, cell in row.items()} for row in table]


def test_the_server_makes_the_features_that_were_trained_on(project: Project) -> None:
    with_function(project)
    project.mlspec("apply", "--yes")
    (place,) = project.mlspec("status", "--json").json["models"][0]["environments"]
    rows = raw_rows(project)
    answer = ask(place["endpoint"], [{"a": row["a"], "b": row["b"]} for row in rows])
    right = sum(said == row["y"] for said, row in zip(answer["predictions"], rows, strict=True))
    assert right / len(rows) == json.loads(project.read("models/toy/metrics.json"))["accuracy"]
    alone = [ask(place["endpoint"], [{"a": row["a"], "b": row["b"]}])["predictions"][0] for row in rows[:5]]
    assert alone == answer["predictions"][:5]

    record = json.loads(project.read("models/toy/version.json"))
    kept = {item["path"] for item in record["artefact"]}
    assert {f"features/src/shop/{name}.py" for name in ("__init__", "features", "scales")} < kept
    assert project.status == ""
    assert project.planned() == []
    assert project.dvc("status").strip() == "Data and pipelines are up to date."

    project.edit("src/shop/scales.py", "def share", "# how parts are compared\ndef share")
    assert project.planned() == []
    project.edit("src/shop/scales.py", "0.001", "0.002")
    (reason,) = project.plan()["actions"][0]["because"]
    assert (reason["kind"], reason["subject"]) == ("CodeChanged", "src/shop/scales.py")


def test_a_function_that_looks_at_other_rows_gets_no_version(project: Project) -> None:
    with_function(project)
    project.edit("src/shop/features.py", "    return made", '    made["a"] -= made["a"].mean()\n    return made')
    project.commit("skew")
    done = project.mlspec("apply", "--yes", code=1)
    assert "served features differ from those that were trained on" in done.out + done.err
    assert "test row 0, column a: trained on" in done.out + done.err
    assert project.tags == []
    assert project.status == ""


@pytest.fixture
def sharing(project: Project) -> Project:
    """Two models on one table, which a command joins of two."""
    rows = list(csv.DictReader(project.read("data/rows.csv").splitlines()))
    left = [f"{number},{row['a']},{row['y']}" for number, row in enumerate(rows)]
    right = [f"{number},{row['b']}" for number, row in enumerate(rows)]
    project.write("data/left.csv", "\n".join(["id,a,y", *left]) + "\n")
    project.write("data/right.csv", "\n".join(["id,b", *right]) + "\n")
    project.write("src/shop/__init__.py", "")
    project.write("src/shop/scales.py", "LIMIT = 2\n")
    project.write("src/shop/join.py", "import sys\n\nsys.path.insert(0, 'src')\n" + JOIN)
    project.git("rm", "--quiet", "-r", "specs/toy.yaml", "models/toy")
    project.write("specs/joined.yaml", SHARED)
    lines = {"name": "kind", "estimator": "LogisticRegression", "target": "y", "metric": "accuracy"}
    project.write("specs/kind.yaml", MODEL.format(**lines))
    lines = {"name": "size", "estimator": "Ridge", "target": "b", "metric": "r2"}
    project.write("specs/size.yaml", MODEL.format(**lines))
    project.mlspec("compile")
    project.commit("two models")
    return project


def test_what_models_share_runs_once_and_is_a_reason_for_each(sharing: Project) -> None:
    sharing.mlspec("apply", "--yes", "--jobs", "2")
    assert sharing.read(".mlspec/ran") == "x"
    assert sorted(sharing.tags) == ["kind@v0.1.0", "size@v0.1.0"]
    assert sharing.planned() == []
    assert sharing.status == ""
    assert sharing.dvc("status").strip() == "Data and pipelines are up to date."
    assert '["joined/features"]' in sharing.mlspec("graph").out

    sharing.edit("src/shop/scales.py", "2", "3")  # imported only, which DVC does not see
    reasons = {(each["subject"], each["where"]) for item in sharing.plan()["actions"] for each in item["because"]}
    assert reasons == {("src/shop/scales.py", "specs/joined.yaml:8")}
    sharing.commit("another limit")
    sharing.mlspec("apply", "--yes")
    assert sharing.read(".mlspec/ran") == "xx"

    sharing.edit("specs/joined.yaml", "command: python", "command: python -B")
    trains = [item for item in sharing.plan()["actions"] if item["action"] == "train"]
    assert [item["model"] for item in trains] == ["kind", "size"]
    assert {item["because"][0]["where"] for item in trains} == {"specs/joined.yaml:7"}
    assert {item["because"][0]["subject"] for item in trains} == {"features.command"}


def test_shared_features_that_nobody_uses_any_more_are_left_by_nobody(sharing: Project) -> None:
    for name in ("kind", "size"):
        text = "data: {sources: [{name: rows, path: data/rows.csv}]}"
        sharing.edit(f"specs/{name}.yaml", "data: {split: {test: 0.3, seed: 1}}\nfeatures: {from: joined}", text)
    sharing.mlspec("compile", "--check", code=3)
    assert "removed models/_features/joined/dvc.yaml" in sharing.mlspec("compile").out
    sharing.edit("specs/kind.yaml", "training:", "features: {from: jonied}\ntraining:")
    told = sharing.mlspec("validate", code=1).out
    assert "there are no features `jonied` (did you mean `joined`?)" in told
    assert not Path(sharing.root / "models/_features/joined/dvc.yaml").exists()
