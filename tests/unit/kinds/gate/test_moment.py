"""Gates whose figures are of the moment: the server under load, what the baseline costs; and the server's parity."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.evaluation import EvaluationSpec
from mlspec.spec.model import GateSpec, ModelSpec

KINDS = discover("mlspec.kinds.gate", GateKind)
P95 = {"metric": "latency_p95"}
MS, SECOND = {"min_gain_per_ms": 0.01}, {"min_gain_per_second": 0.01}


def read(**fields: Any) -> Gate:
    """A gate, with its metric's direction."""
    spec = GateSpec.model_validate(fields)
    (gate,) = [found for kind in KINDS.values() if (found := kind.read(spec, 7)) is not None]
    higher = METRICS[gate.metric].higher
    return Gate(gate.kind, gate.metric, gate.limits, gate.against, 7, gate.slice, gate.confidence, higher)


def judge(evidence: Evidence, **fields: Any) -> Verdict:
    """The verdict, of a kind whose figures no record may hold."""
    gate = read(**fields)
    assert KINDS[gate.kind].passing
    assert not KINDS[gate.kind].recorded(gate, evidence)
    return KINDS[gate.kind].judge(gate, evidence)


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        (P95 | {"max": "50ms"}, True),
        (P95 | {"max": "39ms"}, False),
        ({"metric": "throughput", "min": 100}, True),
        ({"metric": "throughput", "min": 101}, False),
        (P95 | {"against": "production", "max_drop": "10ms"}, True),
        (P95 | {"against": "production", "max_drop": "9ms"}, False),
        ({"metric": "throughput", "against": "production", "max_drop": 20}, True),
        ({"metric": "throughput", "against": "production", "max_drop": 19}, False),
    ],
)
def test_the_server_under_load(fields: dict[str, Any], passed: bool) -> None:
    others = {"production": {"latency_p95": 0.03, "throughput": 120.0}}
    evidence = Evidence({}, others=others, measured={"latency_p95": 0.04, "throughput": 100.0})
    assert judge(evidence, **fields).passed is passed


def test_without_another_version_the_load_passes_and_says_so() -> None:
    found = judge(Evidence({}, measured={"latency_p95": 9.0}), **P95, against="production", max_drop="1ms")
    assert (found.passed, found.note) == (True, "NoBaseline")


@pytest.mark.parametrize(
    ("limits", "accuracy", "cost", "passed", "value"),
    [
        (MS, 0.9, 10.0, True, 0.02),
        (MS, 0.83, 10.0, False, 0.006),
        (MS, 0.8, 0.0, True, 0.0),
        (MS, 0.79, 0.0, False, -0.01),
        (SECOND, 0.9, 10.0, True, 0.02),
        (SECOND, 0.9, 20.0, False, 0.1 / 15),
        (SECOND, 0.9, 5.4, True, 0.1),
    ],
)
def test_what_the_gain_costs(
    limits: dict[str, float], accuracy: float, cost: float, passed: bool, value: float
) -> None:
    measured = {"predict_ms": cost, "training_seconds": cost}
    measured |= {"baseline_predict_ms": 5.0, "baseline_training_seconds": 5.0}
    evidence = Evidence({"accuracy": accuracy}, {"baseline": {"accuracy": 0.8}}, measured=measured)
    verdict = judge(evidence, metric="accuracy", against="baseline", **limits)
    assert verdict.passed is passed
    assert verdict.value == pytest.approx(value)


def test_a_training_whose_time_is_not_known_passes_and_says_so() -> None:
    evidence = Evidence({"accuracy": 0.9}, {"baseline": {"accuracy": 0.8}})
    verdict = judge(evidence, metric="accuracy", against="baseline", **SECOND)
    assert (verdict.passed, verdict.note) == (True, "NotMeasured")


@pytest.mark.parametrize(("same", "passed"), [(40, True), (39, False)])
def test_every_row_must_be_answered_as_the_evaluation_predicts_it(same: int, passed: bool) -> None:
    asked = EvaluationSpec.model_validate({"metrics": ["accuracy"], "checks": {"serving_parity": True}})
    kind = KINDS["parity"]
    (gate,) = kind.implied(ModelSpec.model_construct(evaluation=asked), lambda *path: len(path))
    verdict = kind.judge(gate, Evidence({}, measured={"parity_rows": 40, "parity_same": same}))
    assert (verdict.gate, verdict.passed, verdict.note) == (
        "serving_parity: min 1",
        passed,
        f"{same} of 40 rows are the same",
    )
    nothing = EvaluationSpec.model_validate({"metrics": ["accuracy"]})
    assert kind.implied(ModelSpec.model_construct(evaluation=nothing), len) == ()
