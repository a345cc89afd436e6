"""The gate that comes with a format: the same answers, or the row where they differ, or why there are none."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.domain.evidence import Evidence
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.planner.judge import told
from mlspec.spec.model import ModelSpec
from mlspec.spec.serving import ServingSpec

KIND = discover("mlspec.kinds.gate", GateKind)["agreement"]


def served(**fields: Any) -> ModelSpec:
    """A spec that says how it is served."""
    return ModelSpec.model_construct(serving=ServingSpec.model_validate(fields))


@pytest.mark.parametrize(
    ("found", "passed", "words"),
    [
        ({"rows": 9, "difference": 0.0}, True, "measured 0, needs 1e-05 [9 rows are the same]"),
        (
            {"rows": 9, "difference": 1e-6, "row": 4, "fitted": 2.0, "served": 2.5},
            True,
            "measured 1e-06, needs 1e-05 [test row 4: fitted 2.0, served 2.5]",
        ),
        (
            {"rows": 9, "difference": 1.0, "row": 4, "fitted": "a", "served": "b", "missing": True},
            False,
            "measured 1, needs 1e-05 [test row 4 with a value missing: fitted 'a', served 'b']",
        ),
        (
            {"rows": 9, "difference": 1.0, "row": 0, "served": "b", "unseen": "colour"},
            False,
            "measured 1, needs 1e-05 [test row 0 with a new category in colour: fitted refuses, served 'b']",
        ),
        ({"because": "Dummy has no ONNX form"}, False, "not measured [Dummy has no ONNX form]"),
    ],
)
def test_answers_are_the_same_or_it_fails(found: dict[str, Any], passed: bool, words: str) -> None:
    (gate,) = KIND.implied(served(format="onnx"), lambda *path: len(path))
    evidence = Evidence({}, {"agreement": found})
    verdict = KIND.judge(gate, evidence)
    assert (verdict.passed, told(verdict)) == (passed, f"onnx_parity: max 1e-05: {words}")
    assert KIND.recorded(gate, evidence)
    assert not KIND.recorded(gate, Evidence({}))


def test_the_usual_format_has_no_such_gate() -> None:
    assert KIND.implied(served(), len) == ()
