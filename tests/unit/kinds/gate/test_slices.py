"""Gates on slices: which rows count, what is told, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.model import GateSpec

KINDS = discover("mlspec.kinds.gate", GateKind)
PLANS = {
    "basic": {"rows": 250, "accuracy": 0.95},
    "plus": {"rows": 100, "accuracy": 0.55},
    "rare": {"rows": 7},
}


def read(**fields: Any) -> Gate:
    """A gate on accuracy by plan."""
    spec = GateSpec.model_validate({"metric": "accuracy", "slice": "plan"} | fields)
    (gate,) = [found for kind in KINDS.values() if (found := kind.read(spec, 7)) is not None]
    return gate


def judge(plans: dict[str, Any] = PLANS, other: dict[str, Any] | None = None, **fields: Any) -> Verdict:
    """The verdict on slices by plan; `other` are those of production."""
    gate = read(**fields)
    others = {} if other is None else {"production": {"slices": {"plan": other}}}
    return KINDS[gate.kind].judge(gate, Evidence({"accuracy": 0.8}, {"slices": {"plan": plans}}, others))


@pytest.mark.parametrize(
    ("fields", "passed", "value"),
    [
        ({"min": 0.55}, True, 0.55),
        ({"min": 0.56}, False, 0.55),
        ({"max": 0.95}, True, 0.95),
        ({"max": 0.9}, False, 0.95),
        ({"max_gap": 0.4}, True, 0.4),
        ({"max_gap": 0.39}, False, 0.4),
        ({"min": 0.5, "max_gap": 0.1}, False, 0.4),
    ],
)
def test_every_slice_with_enough_rows_is_judged(fields: dict[str, Any], passed: bool, value: float) -> None:
    verdict = judge(**fields)
    assert verdict.passed is passed
    assert verdict.value == pytest.approx(value)


def test_a_verdict_names_the_slices_their_rows_and_what_is_too_small() -> None:
    assert judge(min=0.6).note == "plus 0.55 (100 rows), not judged: rare (7 rows)"
    assert judge(max_gap=0.1).note == "plus 0.55 (100 rows), basic 0.95 (250 rows), not judged: rare (7 rows)"


def test_where_there_is_nothing_to_judge_it_passes_and_says_so() -> None:
    few = {"basic": {"rows": 3}, "plus": {"rows": 2}}
    assert judge(few, min=0.9).note == "TooFewRows, not judged: basic (3 rows), plus (2 rows)"
    assert judge(few, min=0.9).passed
    assert judge({"basic": {"rows": 99, "accuracy": 0.5}}, max_gap=0.1).passed


def test_no_slice_may_pay_for_the_gain_of_the_others() -> None:
    other = {"basic": {"rows": 9, "accuracy": 0.7}, "plus": {"rows": 9, "accuracy": 0.6}}
    assert judge(other=other, against="production", max_drop=0.1).passed
    verdict = judge(other=other, against="production", max_drop=0.04)
    assert (verdict.passed, verdict.note) == (False, "plus (100 rows), production 0.6")
    assert judge(against="production", max_drop=0.04).note == "NoBaseline"


def test_words_name_the_slice() -> None:
    assert read(max_gap=0.1).words == "accuracy by plan: max_gap 0.1"
    assert read(against="production", max_drop=0.1).words == "accuracy by plan against production: max_drop 0.1"


def test_a_record_with_these_slices_is_enough_to_judge_again() -> None:
    gate = read(min=0.5)
    assert KINDS[gate.kind].recorded(gate, Evidence({"accuracy": 1.0}, {"slices": {"plan": PLANS}}))
    assert not KINDS[gate.kind].recorded(gate, Evidence({"accuracy": 1.0}, {"slices": {"age": {}}}))
