"""Gates that ask how sure a figure is: the bound counts in place of the value, on the side that hurts."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.model import GateSpec

KINDS = discover("mlspec.kinds.gate", GateKind)
ACCURACY, LOSS = {"metric": "accuracy", "confidence": 0.95}, {"metric": "log_loss", "confidence": 0.95}


def judge(low: float, high: float, other: float | None = None, **fields: Any) -> Verdict:
    """The verdict on a value of 0.8 with these bounds, or on its difference to another's."""
    spec = GateSpec.model_validate(fields)
    (gate,) = [found for kind in KINDS.values() if (found := kind.read(spec, 7)) is not None]
    gate = type(gate)(gate.kind, gate.metric, gate.limits, gate.against, 7, "", 0.95, METRICS[gate.metric].higher)
    bounds = {"bounds": {f"{gate.metric}@0.95": {"low": low, "high": high}}}
    theirs = {"baseline": bounds | {gate.metric: other}} if other is not None else bounds
    evidence = Evidence({gate.metric: 0.8}, theirs)
    assert KINDS[gate.kind].recorded(gate, evidence)
    assert not KINDS[gate.kind].recorded(gate, Evidence({gate.metric: 0.8}, {"baseline": {gate.metric: 0.1}}))
    return KINDS[gate.kind].judge(gate, evidence)


@pytest.mark.parametrize(
    ("fields", "passed", "value"),
    [
        (ACCURACY | {"min": 0.75}, True, 0.75),
        (ACCURACY | {"min": 0.78}, False, 0.75),
        (LOSS | {"max": 0.85}, True, 0.85),
        (LOSS | {"max": 0.82}, False, 0.85),
    ],
)
def test_limits(fields: dict[str, Any], passed: bool, value: float) -> None:
    verdict = judge(0.75, 0.85, **fields)
    assert (verdict.passed, verdict.value, verdict.note) == (passed, value, "the bound of 0.8")


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        (ACCURACY | {"min_gain": 0.01}, True),
        (ACCURACY | {"min_gain": 0.03}, False),
        (ACCURACY | {"max_drop": 0}, True),
        (LOSS | {"max_drop": 0.1}, True),
        (LOSS | {"max_drop": 0.05}, False),
        (LOSS | {"min_gain": 0}, False),
    ],
)
def test_differences(fields: dict[str, Any], passed: bool) -> None:
    verdict = judge(0.02, 0.08, 0.75, against="baseline", **fields)
    assert verdict.passed is passed
    assert verdict.note == "baseline 0.75, the bound of 0.8"


def test_words_have_the_confidence() -> None:
    assert judge(0.1, 0.2, min=0.05, **ACCURACY).gate == "accuracy: min 0.05, confidence 0.95"
