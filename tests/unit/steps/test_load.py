"""load, parity and cost: a real server on loopback answers test rows, and is gone afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlspec.errors import MlspecError
from mlspec.steps import cost, load, parity
from mlspec.steps.load import percentile
from mlspec.steps.params import load_params

Project = Any
PARAMS, MODEL = Path("models/flower/params.yaml"), Path("models/flower/model")

pytestmark = pytest.mark.slow


@pytest.fixture
def trained(project: Project) -> Project:
    """A model whose rows have text, whole numbers and a missing value."""
    text = (project.folder / "data.csv").read_text().splitlines()
    project.source("\n".join([*text[:-40], *(line.replace(",0.", ",.", 1) for line in text[-40:])]) + "\n")
    project.params["training"] |= {"exclude": [], "estimator": "sklearn.ensemble.HistGradientBoostingClassifier"}
    project.params["training"]["params"] = {"max_iter": 3, "random_state": 0}
    project.run("prepare", "train")
    return project


def test_percentiles_are_nearest_ranks() -> None:
    assert [percentile([4, 1, 3, 2], percent) for percent in (25, 50, 95, 99)] == [1, 2, 4, 4]


def test_the_real_server_is_measured_and_ended(trained: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SECONDS", 0.05)
    found = load.run(load_params(PARAMS), MODEL)
    assert 0 < found["latency_p50"] <= found["latency_p95"] <= found["latency_p99"] < 60
    assert found["throughput"] > 0
    assert [child for child in psutil.Process().children() if "mlspec.serving" in child.cmdline()] == []


def test_a_server_that_does_not_start_is_told(trained: Project) -> None:
    (trained.model / "model/model.skops").write_bytes(b"no skops file")
    with pytest.raises(MlspecError, match="is not a skops file"):
        load.run(load_params(PARAMS), MODEL)


def test_the_server_answers_what_is_evaluated(trained: Project) -> None:
    assert parity.run(load_params(PARAMS), MODEL) == {"parity_rows": 30, "parity_same": 30}


def test_another_evaluation_is_found_out(trained: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    real = parity.open_bundle

    def turned(*args: Any) -> Any:
        bundle = real(*args)
        last = bundle.model[-1]
        last.classes_ = last.classes_[::-1]
        return bundle

    monkeypatch.setattr(parity, "open_bundle", turned)
    assert parity.run(load_params(PARAMS), MODEL)["parity_same"] < 30


def test_what_model_and_baseline_cost(trained: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSPEC_STARTED", str(time.time() - 5))
    trained.params["evaluation"]["baseline"] = {"estimator": "sklearn.dummy.DummyClassifier", "params": {}}
    trained.run()
    found = cost.run(load_params(PARAMS), MODEL)
    assert all(found[name] > 0 for name in ("predict_ms", "baseline_predict_ms"))
    assert found["baseline_training_seconds"] >= 5
