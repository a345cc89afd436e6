"""Tests for monitoring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mlspec.kinds.practice import Case, Evidence, Practice, Section


class Monitoring:
    """What is seen of a model that serves."""

    name = "monitoring"
    title = "Monitoring"

    @property
    def practices(self) -> Sequence[Practice]:
        """See Section."""
        return (
            Practice("Dependency changes result in notification", _notified, "notify, in the project"),
            Practice("Data invariants hold for inputs", _invariants, "rules for columns, and monitoring.drift"),
            Practice("Training and serving are not skewed", _skew, "serving_parity, or monitoring.drift"),
            Practice("Models are not too stale", _stale, "retrain.max_age or retrain.schedule"),
            Practice("Models are numerically stable", _stable, "a gate: what is not a number passes none"),
            Practice("Computing performance has not regressed", _speed, "a gate on latency_p95 or throughput"),
            Practice("Prediction quality has not regressed", _quality, "monitoring.performance"),
        )


def _notified(case: Case) -> Evidence | None:
    if case.project.notify:
        return Evidence(1.0, "people are told what is held, failed or drifting", ("notify",), shared=True)
    if case.model.training.environment.lock is not None:
        return Evidence(0.5, "mlspec plan names the package that changed", ("training", "environment", "lock"))
    return None


def _invariants(case: Case) -> Evidence | None:
    if case.model.monitoring is not None and case.model.monitoring.drift:
        return Evidence(1.0, "live inputs are compared with the training's", ("monitoring", "drift"))
    if case.model.data.validation.columns:
        return Evidence(0.5, "the server refuses inputs of another type", ("data", "validation", "columns"))
    return None


def _skew(case: Case) -> Evidence | None:
    if case.model.evaluation.checks.serving_parity:
        return Evidence(1.0, "the server answers as was evaluated", ("evaluation", "checks", "serving_parity"))
    if case.model.features is not None and case.model.features.function is not None:
        return Evidence(1.0, "the same function trains and serves, compared row by row", ("features", "function"))
    if case.model.monitoring is not None and case.model.monitoring.drift:
        return Evidence(1.0, "live inputs are compared with the training's", ("monitoring", "drift"))
    return None


def _stale(case: Case) -> Evidence | None:
    if case.model.retrain is not None and case.model.retrain.max_age is not None:
        return Evidence(1.0, "it is trained again when it is older", ("retrain", "max_age"))
    if case.model.retrain is not None and case.model.retrain.schedule is not None:
        return Evidence(1.0, "it is trained by a schedule", ("retrain", "schedule"))
    return None


def _stable(case: Case) -> Evidence | None:
    if case.model.evaluation.gates:
        return Evidence(1.0, "a metric that is not a number passes no gate", ("evaluation", "gates"))
    return Evidence(0.5, "the server refuses numbers that are not finite", ("serving",))


def _speed(case: Case) -> Evidence | None:
    for index, gate in enumerate(case.model.evaluation.gates):
        if gate.metric.startswith(("latency_", "throughput")):
            return Evidence(1.0, f"{gate.metric} is judged before every version", ("evaluation", "gates", index))
    if case.model.training.compute.timeout is not None:
        return Evidence(0.5, "a training that takes too long is ended", ("training", "compute", "timeout"))
    return None


def _quality(case: Case) -> Evidence | None:
    if case.model.monitoring is not None and case.model.monitoring.performance is not None:
        return Evidence(1.0, "live metrics from late labels", ("monitoring", "performance"))
    if case.model.monitoring is not None and case.model.monitoring.drift:
        return Evidence(0.5, "drift is seen, quality is not", ("monitoring", "drift"))
    return None


KIND: Final[Section] = Monitoring()
