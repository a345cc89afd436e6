"""What a server is told of monitoring."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.domain.digest import JSON
from mlspec.domain.drift import LateLabels, MetricLimit
from mlspec.kinds.trigger import Lines
from mlspec.spec.model import ModelSpec


def watched(spec: ModelSpec) -> Mapping[str, JSON]:
    """The settings; none where nothing is monitored, so that nothing of such a model changes."""
    monitoring = spec.monitoring
    if monitoring is None:
        return {}
    told: dict[str, JSON] = {"monitoring.window": monitoring.window}
    if monitoring.requests is not None:
        sample = monitoring.requests
        told |= {"monitoring.sample": sample.sample, "monitoring.keep": sample.keep}
        told |= {"monitoring.redact": sorted(sample.redact)} if sample.redact else {}
    if monitoring.performance is not None:
        told["monitoring.predictions"] = monitoring.performance.keep
    return told


def late_labels(spec: ModelSpec, line: Lines) -> LateLabels | None:
    """Where true values come from, and what metrics have to reach."""
    performance = spec.monitoring.performance if spec.monitoring else None
    if performance is None:
        return None
    limits = (
        MetricLimit(each.metric, each.min, each.max, line("monitoring", "performance", "metrics", index))
        for index, each in enumerate(performance.metrics)
    )
    label = performance.label or spec.training.target
    return LateLabels(performance.labels, performance.id, label, performance.min_rows, tuple(limits))
