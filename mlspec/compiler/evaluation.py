"""The section `evaluation` of params.yaml: how a model is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from mlspec.compiler.ordered import ordered
from mlspec.domain.digest import JSON
from mlspec.spec.evaluation import BaselineSpec, ChecksSpec, EvaluationSpec, GateSpec


def evaluation_params(evaluation: EvaluationSpec, deps: Sequence[str]) -> JSON:
    """What is left out of a spec is left out here, so that a newer mlspec measures nothing again.

    `deps` are what a training command reads, which checks run in a copy.
    """
    more: dict[str, JSON] = {
        "command": evaluation.command,
        "slices": [item.model_dump(exclude_none=True) for item in evaluation.slices],
        "baseline": _baseline(evaluation.baseline),
        "confidence": _confidence(evaluation.gates),
        "checks": _checks(evaluation.checks, deps),
        "plots": list(evaluation.plots),
    }
    return {"metrics": list(evaluation.metrics)} | {name: value for name, value in more.items() if value}


def _checks(checks: ChecksSpec, deps: Sequence[str]) -> JSON:
    """What is run; the limits are the gates' own."""
    found: dict[str, JSON] = {}
    if checks.overfit_one_batch is not None:
        found["rows"] = checks.overfit_one_batch.rows
    if checks.label_shuffle is not None:
        found["repeats"] = checks.label_shuffle.repeats
    return found | ({"deps": list(deps)} if found and deps else {})


def _baseline(baseline: BaselineSpec | None) -> JSON:
    if baseline is None:
        return None
    return {"estimator": baseline.estimator, "params": ordered(cast("JSON", baseline.params))}


def _confidence(gates: Iterable[GateSpec]) -> JSON:
    """metric → how sure gates want to be of it."""
    wanted = sorted({(gate.metric, gate.confidence) for gate in gates if gate.confidence is not None})
    return {metric: [level for name, level in wanted if name == metric] for metric, _ in wanted}
