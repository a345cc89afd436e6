"""Checks of the training code as gates."""

from __future__ import annotations

from typing import Any

import pytest

from mlspec.domain.evidence import Evidence
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.spec.evaluation import EvaluationSpec
from mlspec.spec.model import ModelSpec

KIND = discover("mlspec.kinds.gate", GateKind)["check"]
BOTH = {"overfit_one_batch": True, "label_shuffle": {"max": 0.2}}


def verdicts(asked: dict[str, Any], **found: float) -> list[tuple[str, bool, str]]:
    """Gate, whether it passed and its note's first word."""
    evaluation = EvaluationSpec.model_validate({"metrics": ["accuracy"], "checks": asked})
    spec = ModelSpec.model_construct(evaluation=evaluation)
    judged = [KIND.judge(gate, Evidence({}, {"checks": found})) for gate in KIND.implied(spec, lambda *_: 7)]
    return [(verdict.gate, verdict.passed, verdict.note.partition(" ")[0]) for verdict in judged]


@pytest.mark.parametrize(("overfit", "shuffle"), [(0.9, 0.2), (0.89, 0.2), (0.9, 0.21), (1.0, -0.3)])
def test_limits(overfit: float, shuffle: float) -> None:
    assert verdicts(BOTH, overfit_one_batch=overfit, label_shuffle=shuffle) == [
        ("overfit_one_batch: min 0.9", overfit >= 0.9, "the"),
        ("label_shuffle: max 0.2", shuffle <= 0.2, "the"),
    ]


def test_what_is_not_asked_for_is_not_judged() -> None:
    assert verdicts({}) == []
    assert verdicts({"overfit_one_batch": False, "label_shuffle": False}) == []


def test_a_model_without_skill_passes_and_says_so() -> None:
    assert verdicts({"label_shuffle": True}) == [("label_shuffle: max 0.5", True, "NoSkill")]
