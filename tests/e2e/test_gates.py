"""Each kind of gate on real data and real parts: what passes becomes a version, what does not is held, and why."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from e2e.project import Done, Project
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

pytestmark = pytest.mark.slow

HEAD = """\
apiVersion: mlspec/v1
kind: Model
name: toy
data:
  sources: [{name: rows, path: data/rows.csv}]
  split: {test: 0.4, seed: 1}
"""
FOREST = """\
training:
  estimator: sklearn.ensemble.RandomForestClassifier
  target: y
  params: {n_estimators: 20, max_depth: 5, random_state: 7}
evaluation:
  metrics: [accuracy, roc_auc, brier_score, expected_calibration_error]
"""
LOGISTIC = """\
training:
  estimator: sklearn.linear_model.LogisticRegression
  target: y
evaluation:
  metrics: [accuracy, f1_macro]
"""
RIDGE = """\
training:
  estimator: sklearn.linear_model.Ridge
  target: y
evaluation:
  metrics: [r2, mean_absolute_error]
"""


def churn() -> str:
    """Customers of two plans and a rare one; of `plus`, whether they leave is a coin toss."""
    draw = random.Random(3)
    lines = ["usage,age,plan,y"]
    for _ in range(900):
        plan = draw.choices(["basic", "plus", "rare"], [0.68, 0.3, 0.02])[0]
        usage = draw.random()
        leaves = int(usage > 0.5) if plan != "plus" else int(draw.random() < 0.5)
        lines.append(f"{usage:.4f},{draw.randint(18, 80)},{plan},{leaves}")
    return "\n".join(lines) + "\n"


def dataset(load: Any) -> str:
    """One of scikit-learn's own sets, its target as `y`."""
    frame = load(as_frame=True).frame.rename(columns={"target": "y"})
    return str(frame.to_csv(index=False))


class Patient(Project):
    """Trains several models, on a machine that may be busy."""

    deadline = 600.0


class Shop:
    """A project with one model, whose gates are tried one set after another."""

    def __init__(self, folder: Path, rows: str, training: str) -> None:
        self.project, self.training = Patient(folder), training
        folder.mkdir()
        for args in (["init", "-q", "-b", "main"], ["config", "user.name", "Ada"], ["config", "user.email", "a@b.c"]):
            subprocess.run(["git", *args], cwd=folder, check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=folder, check=True)
        self.project.write(".gitignore", "/.mlspec/\n")
        self.project.write("data/rows.csv", rows)

    def ask(self, evaluation: str, training: str = "", code: int = 0) -> Done:
        """Write the spec with this rest of `evaluation`, commit it and reconcile."""
        self.project.write("specs/toy.yaml", HEAD + (training or self.training) + evaluation)
        self.project.commit("a change")
        return self.project.mlspec("reconcile", code=code)

    def lines(self, evaluation: str, training: str = "") -> dict[str, str]:
        """Gate → `passed …` or `failed …`, as it is told."""
        done = self.ask(evaluation, training)
        lines = [line.strip() for line in (done.err + done.out).splitlines()]
        told = [line for line in lines if line.startswith(("passed ", "failed "))]
        assert told, done.err + done.out
        return {line[8:].partition(": measured")[0]: line for line in told}

    @property
    def record(self) -> Any:
        """The newest version's record."""
        return json.loads(self.project.read("models/toy/version.json"))

    @property
    def versions(self) -> list[str]:
        """The registered versions."""
        return self.project.git("tag", "--list", "toy@*").split()


def test_slices_baseline_and_confidence(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", churn(), FOREST)
    told = shop.lines("""\
  slices: [{column: plan}, {column: age, bins: 3}]
  baseline: {estimator: sklearn.linear_model.LogisticRegression}
  gates:
    - {metric: accuracy, min: 0.7, confidence: 0.95}
    - {metric: expected_calibration_error, max: 0.2}
    - {metric: accuracy, against: baseline, max_drop: 0.2, confidence: 0.9}
    - {metric: accuracy, slice: age, min: 0.6}
    - {metric: accuracy, slice: plan, against: baseline, max_drop: 0.3}
    - {metric: accuracy, slice: plan, max_gap: 0.1}
    - {metric: accuracy, against: baseline, min_gain: 0.3}
""")
    failed = {gate for gate, line in told.items() if line.startswith("failed")}
    assert failed == {"accuracy by plan: max_gap 0.1", "accuracy against baseline: min_gain 0.3"}
    gap = told["accuracy by plan: max_gap 0.1"]
    assert "plus" in gap
    assert "basic" in gap
    assert "not judged: rare (" in gap
    assert "specs/toy.yaml:21" in gap
    assert shop.versions == []
    status = shop.project.mlspec("status").out
    assert "GateFailed: accuracy by plan: max_gap 0.1" in status
    held = shop.project.mlspec("plan", "--markdown", "-").out
    assert "max\\_gap 0.1" in held

    asked = """\
  slices: [{column: plan}, {column: age, bins: 3}]
  baseline: {estimator: sklearn.linear_model.LogisticRegression}
  gates:
    - {metric: accuracy, slice: plan, max_gap: 0.6}
"""
    assert shop.lines(asked)["accuracy by plan: max_gap 0.6"].startswith("passed")
    assert shop.versions == ["toy@v0.1.0"]
    record = shop.record
    assert set(record["findings"]) == {"slices", "baseline"}
    assert shop.project.mlspec("plan").out.startswith("No changes")
    # another limit is judged from the record: nothing is run
    shop.project.write("specs/toy.yaml", HEAD + FOREST + asked.replace("0.6", "0.05"))
    shop.project.commit("stricter")
    plan = shop.project.mlspec("plan").out
    assert "held" in plan
    assert "accuracy by plan: max_gap 0.05: measured 0." in plan
    assert "to train" not in plan


def test_the_server_the_cost_and_the_checks(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", dataset(load_breast_cancer), LOGISTIC)
    told = shop.lines("""\
  baseline: {estimator: sklearn.dummy.DummyClassifier}
  checks: {overfit_one_batch: true, label_shuffle: {repeats: 1}, serving_parity: true}
  gates:
    - {metric: latency_p95, max: 10s}
    - {metric: throughput, min: 0.1}
    - {metric: accuracy, against: baseline, min_gain_per_ms: 0}
    - {metric: accuracy, against: baseline, min_gain_per_second: 0}
    - {metric: model_size, max: 1MB}
""")
    assert all(line.startswith("passed") for line in told.values()), told
    assert "228 of 228 rows are the same" in told["serving_parity: min 1"]
    assert {"overfit_one_batch: min 0.9", "label_shuffle: max 0.5"} <= set(told)
    record = shop.record
    verdicts = {verdict["gate"]: verdict["value"] for verdict in record["verdicts"]}
    assert verdicts["latency_p95: max 10"] is None
    assert verdicts["overfit_one_batch: min 0.9"] > 0.9
    assert set(record["findings"]["checks"]) == {"overfit_one_batch", "label_shuffle"}
    facts = json.loads(shop.project.git("show", "refs/mlspec/project:models/toy.json"))
    measured = facts["trainings"][-1]["measured"]
    assert measured["latency_p95"] > 0
    assert measured["training_seconds"] > 0
    too_slow = shop.ask("  gates:\n    - {metric: latency_p50, max: 0}\n")
    assert re.search(r"latency_p50: max 0: measured [0-9.]+ms, needs 0ms", too_slow.out + too_slow.err)


def test_named_versions_and_the_models_own_past(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", dataset(load_wine), LOGISTIC)
    first = shop.ask("  gates:\n    - {metric: accuracy, against: v0.1.0, max_drop: 0.1}\n", code=1)
    assert "compares with v0.1.0, and toy has no such version" in first.out + first.err
    assert shop.lines("  gates:\n    - {metric: accuracy, min: 0.8}\n")["accuracy: min 0.8"].startswith("passed")
    past = """\
  staleness: {versions: 2}
  gates:
    - {metric: accuracy, against: v0.1.0, max_drop: 0.05}
    - {metric: accuracy, against: staleness, max_drop: 0.05}
    - {metric: f1_macro, against: staleness, max_decay: 0.9}
"""
    weak = LOGISTIC.replace("target: y\n", "target: y\n  params: {C: 0.0001}\n")
    told = shop.lines(past, weak)
    assert told["accuracy against v0.1.0: max_drop 0.05"].startswith("failed")
    assert "[best of 1: v0.1.0 " in told["accuracy against staleness: max_drop 0.05"]
    assert told["f1_macro against staleness: max_decay 0.9"].startswith("passed")
    good = shop.lines(past, LOGISTIC.replace("target: y\n", "target: y\n  params: {C: 0.9}\n"))
    assert all(line.startswith("passed") for line in good.values())
    assert shop.versions == ["toy@v0.1.0", "toy@v0.2.0"]
    assert set(shop.record["findings"]["staleness"]["v0.1.0"]) == {"accuracy", "f1_macro"}


def test_numbers_and_a_training_that_can_not_overfit(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", dataset(load_diabetes), RIDGE)
    told = shop.lines("""\
  checks: {overfit_one_batch: {rows: 40, min: 0.95}}
  baseline: {estimator: sklearn.dummy.DummyRegressor}
  gates:
    - {metric: mean_absolute_error, against: baseline, min_gain: 5}
    - {metric: r2, min: 0.2, confidence: 0.9}
""")
    assert told["mean_absolute_error against baseline: min_gain 5"].startswith("passed")
    assert told["r2: min 0.2, confidence 0.9"].startswith("passed")
    assert told["overfit_one_batch: min 0.95"].startswith("failed")
    assert shop.versions == []


COUNTS = """\
import csv, collections, json, pathlib
counts = collections.Counter(row["y"] for row in csv.DictReader(open("models/toy/prepared/train.csv")))
pathlib.Path("models/toy/trained").mkdir(exist_ok=True)
pathlib.Path("models/toy/trained/counts.json").write_text(json.dumps(dict(sorted(counts.items()))))
"""
PERPLEXITY = """\
import csv, json, math, os, pathlib
counts = json.loads(pathlib.Path(os.environ["MODEL_DIR"], "counts.json").read_text())
rows = [row["y"] for row in csv.DictReader(open(os.environ["PREPARED_DIR"] + "/test.csv"))]
logs = [math.log(counts.get(y, 0) + 1) - math.log(sum(counts.values()) + 2) for y in rows]
pathlib.Path(os.environ["METRICS_FILE"]).write_text(json.dumps({"perplexity": math.exp(-sum(logs) / len(logs))}))
"""
OWN = """\
training: {command: python train.py, outs: [models/toy/trained], format: files, target: y}
evaluation:
  command: python measure.py
  metrics: [perplexity]
  directions: {perplexity: lower}
"""


def test_a_model_of_any_format_that_its_own_command_measures(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", dataset(load_breast_cancer), OWN)
    shop.project.write("train.py", COUNTS)
    shop.project.write("measure.py", PERPLEXITY)
    told = shop.lines("  gates:\n    - {metric: perplexity, max: 2.5}\n")
    assert told["perplexity: max 2.5"].startswith("passed")
    record = shop.record
    assert [file["path"] for file in record["artefact"]] == ["counts.json"]
    assert set(record["metrics"]) == {"perplexity", "model_size"}
    # its code is the evaluation's: measured again, and not trained
    shop.project.edit("measure.py", "+ 1)", "+ 3)")
    shop.project.commit("another smoothing")
    reasons = shop.project.mlspec("plan", "--json").json["actions"][0]["because"]
    assert [reason["subject"] for reason in reasons] == ["evaluation.code.measure.py"]
    shop.project.mlspec("reconcile")
    assert shop.versions == ["toy@v0.1.0"]
    worse = shop.lines("  gates:\n    - {metric: perplexity, against: v0.1.0, min_gain: 0.1}\n")
    assert worse["perplexity against v0.1.0: min_gain 0.1"].startswith("failed")
