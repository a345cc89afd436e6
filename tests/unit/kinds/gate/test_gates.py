"""Gates: read by one kind each, and judged the safe way."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from mlspec.domain.desired import Gate
from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.model import GateSpec

KINDS = discover("mlspec.kinds.gate", GateKind)


def read(**fields: Any) -> Gate:
    """A gate, read by the one kind that knows it."""
    spec = GateSpec.model_validate(fields)
    (gate,) = [found for kind in KINDS.values() if (found := kind.read(spec, 7)) is not None]
    assert gate.line == 7
    return gate


def judge(value: float, baseline: float | None = None, **fields: Any) -> Verdict:
    """The verdict on one measured value."""
    gate = read(**fields)
    metric = fields["metric"]
    gate = replace(gate, higher=METRICS[metric].higher)
    others = {} if baseline is None else {"production": {metric: baseline}}
    return KINDS[gate.kind].judge(gate, Evidence({metric: value}, others=others))


@pytest.mark.parametrize(
    ("value", "passed", "limit"),
    [(0.8, True, 0.8), (0.79999, False, 0.8), (0.9, True, 0.8), (0.90001, False, 0.9), (math.nan, False, 0.8)],
)
def test_limits_include_themselves(value: float, passed: bool, limit: float) -> None:
    verdict = judge(value, metric="accuracy", min=0.8, max=0.9)
    assert (verdict.passed, verdict.limit) == (passed, limit)


def test_sizes_are_read_with_their_unit() -> None:
    assert read(metric="model_size", max="2KB").limits == {"max": 2000.0}
    assert judge(2000.0, metric="model_size", max="2KB").passed
    assert not judge(2001.0, metric="model_size", max="2KB").passed


HIGHER, LOWER = {"metric": "accuracy", "against": "production"}, {"metric": "log_loss", "against": "production"}


@pytest.mark.parametrize(
    ("fields", "value", "baseline", "passed"),
    [
        (HIGHER | {"max_drop": 0.1}, 0.8, 0.9, True),
        (HIGHER | {"max_drop": 0.1}, 0.79, 0.9, False),
        (HIGHER | {"max_drop": 0}, 0.9, 0.9, True),
        (HIGHER | {"max_drop": 0}, 0.95, 0.9, True),
        (HIGHER | {"min_gain": 0.05}, 0.95, 0.9, True),
        (HIGHER | {"min_gain": 0.05}, 0.94, 0.9, False),
        (LOWER | {"max_drop": 0.1}, 0.6, 0.5, True),
        (LOWER | {"max_drop": 0.1}, 0.61, 0.5, False),
        (LOWER | {"max_drop": 0}, 0.4, 0.5, True),
        (LOWER | {"min_gain": 0.1}, 0.4, 0.5, True),
        (LOWER | {"min_gain": 0.1}, 0.41, 0.5, False),
        (HIGHER | {"max_drop": 0.3, "min_gain": 0.05}, 0.91, 0.9, False),
        (HIGHER | {"max_drop": 0.1}, math.nan, 0.9, False),
        (HIGHER | {"max_drop": 0.1}, 0.9, math.nan, False),
        (LOWER | {"max_drop": 0.1}, 0.9, math.nan, False),
    ],
)
def test_against_a_version_direction_counts(
    fields: dict[str, Any], value: float, baseline: float, passed: bool
) -> None:
    assert judge(value, baseline, **fields).passed is passed


def test_the_same_model_scored_twice_passes_whatever_the_rounding() -> None:
    assert judge(0.1 + 0.2, 0.3 + 2e-13, metric="accuracy", against="production", max_drop=0).passed


def test_without_a_baseline_it_passes_and_says_so() -> None:
    verdict = judge(0.1, metric="accuracy", against="production", max_drop=0)
    assert (verdict.passed, verdict.note, verdict.limit) == (True, "NoBaseline", None)
    assert not judge(math.nan, metric="accuracy", against="production", max_drop=0).passed


def test_a_verdict_names_limit_and_baseline() -> None:
    verdict = judge(0.5, 0.9, metric="accuracy", against="production", max_drop=0.1)
    assert verdict.limit == pytest.approx(0.8)
    assert verdict.note == "production 0.9"
    assert judge(0.7, 0.5, **(LOWER | {"max_drop": 0.1})).limit == pytest.approx(0.6)


def test_gates_are_known_by_their_words() -> None:
    assert read(metric="accuracy", min=0.8).words == "accuracy: min 0.8"
    assert read(metric="accuracy", min=0.8, max=1).words == "accuracy: min 0.8, max 1"
    words = read(metric="accuracy", against="production", max_drop=0.005).words
    assert words == "accuracy against production: max_drop 0.005"
    assert read(metric="accuracy", min=0.1234567).words != read(metric="accuracy", min=0.12345678).words
