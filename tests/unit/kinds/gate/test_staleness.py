"""The gate against registered versions on new data: the best of them, or how fast they age."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mlspec.domain.evidence import Evidence
from mlspec.domain.metrics import METRICS
from mlspec.domain.record import Verdict
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.model import GateSpec

KIND = discover("mlspec.kinds.gate", GateKind)["staleness"]
TABLE = {"v0.10.0": {"accuracy": 0.9, "log_loss": 0.4}, "v0.9.0": {"accuracy": 0.8, "log_loss": 0.5}, "v0.8.0": {}}


def judge(table: dict[str, Any] = TABLE, metric: str = "accuracy", **limits: float) -> Verdict:
    """The verdict on a candidate of accuracy 0.88 and log loss 0.42."""
    gate = KIND.read(GateSpec.model_validate({"metric": metric, "against": "staleness", **limits}), 7)
    assert gate is not None
    gate = replace(gate, higher=METRICS[metric].higher)
    evidence = Evidence({"accuracy": 0.88, "log_loss": 0.42}, {"staleness": table})
    assert KIND.recorded(gate, evidence) is bool(table)
    return KIND.judge(gate, evidence)


@pytest.mark.parametrize(
    ("limits", "passed"),
    [
        ({"max_drop": 0.02}, True),
        ({"max_drop": 0.01}, False),
        ({"min_gain": 0}, False),
        ({"metric": "log_loss", "max_drop": 0.02}, True),
        ({"metric": "log_loss", "max_drop": 0.01}, False),
        ({"max_decay": 0.04}, True),
        ({"max_decay": 0.03}, False),
        ({"metric": "log_loss", "max_decay": 0.04}, True),
        ({"metric": "log_loss", "max_decay": 0.03}, False),
    ],
)
def test_limits(limits: dict[str, Any], passed: bool) -> None:
    assert judge(**limits).passed is passed


def test_notes_name_the_version() -> None:
    assert judge(max_drop=0.1).note == "best of 2: v0.10.0 0.9"
    assert judge(max_decay=0.1).note == "v0.9.0 0.8, 2 versions ago, now 0.88"


def test_without_versions_it_passes_and_says_so() -> None:
    assert (judge({}, max_drop=0.1).passed, judge({}, max_drop=0.1).note) == (True, "NoBaseline")
