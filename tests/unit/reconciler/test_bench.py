"""The bench: nothing is measured that no gate asks for, a slow server gets a second look, records stay free of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.ports import FakePorts
from fakes.wanted import GATES, SPEC, history, model, record

from mlspec.domain.actual import Training
from mlspec.errors import StageFailed
from mlspec.planner.judge import kept
from mlspec.reconciler.bench import Bench

METRICS = b'{"accuracy": 0.9, "model_size": 10, "baseline": {"accuracy": 0.8}}'
LATENCY = SPEC.replace("min: 0.8}", "min: 0.8}\n    - {metric: latency_p95, max: 20ms}")
COST = SPEC.replace(
    "  gates:\n",
    "  baseline: {estimator: sklearn.dummy.DummyClassifier}\n  gates:\n"
    "    - {metric: accuracy, against: baseline, min_gain_per_second: 0.001}\n",
)


class Steps:
    """Answers by a list of figures, the last one for ever."""

    def __init__(self, *figures: dict[str, float]) -> None:
        self.figures, self.asked = list(figures), []

    def mismatches(self, *_asked: Any) -> tuple[str, ...]:
        return ()

    def gauge(self, step: str, params: str, model: str, _environ: Any = None) -> dict[str, float]:
        self.asked.append((step, params, model))
        return self.figures.pop(0) if len(self.figures) > 1 else self.figures[0]


def bench(folder: Path, spec: str, steps: Steps, **known: Any) -> Bench:
    """A bench for a model whose evaluation is done."""
    ports = FakePorts(folder)
    ports.steps = steps  # type: ignore[assignment]
    ports.files.write("models/wine/metrics.json", METRICS)
    return Bench(ports, history(record(model(SPEC)), **known), model(spec), GATES)


def test_what_no_gate_asks_for_is_not_measured(tmp_path: Path) -> None:
    steps = Steps({})
    evidence, verdicts = bench(tmp_path, SPEC, steps).judged(3.0)
    assert (steps.asked, dict(evidence.measured)) == ([], {"training_seconds": 3.0})
    assert [verdict.passed for verdict in verdicts] == [True]


@pytest.mark.parametrize(
    ("second", "passed", "asked"), [(0.01, True, 2), (0.03, False, 2)], ids=["it was busy", "it is slow"]
)
def test_a_server_that_is_too_slow_is_measured_once_more(
    tmp_path: Path, second: float, passed: bool, asked: int
) -> None:
    steps = Steps({"latency_p95": 0.05}, {"latency_p95": second})
    evidence, verdicts = bench(tmp_path, LATENCY, steps).judged(-1.0)
    assert (len(steps.asked), verdicts[1].passed, evidence.measured["latency_p95"]) == (asked, passed, second)
    assert steps.asked[0] == ("load", "models/wine/params.yaml", "models/wine/model")


def test_what_a_gate_compares_with_and_cannot_be_measured_names_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Steps):
        def score(self, *_asked: Any) -> dict[str, float]:
            raise StageFailed("the version to compare with could not be scored", status=1)

    spec = SPEC.replace("min: 0.8}", "min: 0.8}\n    - {metric: accuracy, against: production, max_drop: 0.1}")
    made = bench(tmp_path, spec, Broken({}), stages={"production": "v0.1.0"})
    monkeypatch.setattr(made.ports.pipeline, "materialise", lambda *_: None)
    with pytest.raises(StageFailed) as found:
        made.judged(3.0)
    assert found.value.where == "specs/wine.yaml:19"


def test_a_server_that_is_fast_is_measured_once(tmp_path: Path) -> None:
    steps = Steps({"latency_p95": 0.01})
    _, verdicts = bench(tmp_path, LATENCY, steps).judged(-1.0)
    assert (len(steps.asked), verdicts[1].value) == (1, 0.01)
    (_, told) = kept(verdicts, model(LATENCY).blueprint, GATES)
    assert (told.passed, told.value, told.limit, told.note) == (True, None, None, "")


def test_the_time_of_a_training_that_was_run_before_is_that_of_its_own(tmp_path: Path) -> None:
    before = Training("v0.1.0", model(COST).train, 1.0, 9.0, {"training_seconds": 30.0})
    steps = Steps({"predict_ms": 1.0, "baseline_predict_ms": 1.0, "baseline_training_seconds": 5.0})
    evidence, verdicts = bench(tmp_path, COST, steps, trainings=(before,)).judged(-1.0)
    assert evidence.measured["training_seconds"] == 30.0
    assert verdicts[0].value == pytest.approx(0.1 / 25)
