"""What is asked of a model while it serves, or is about to: what servers are told of it, labels, replays."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.domain.digest import JSON
from mlspec.domain.drift import LateLabels, MetricLimit
from mlspec.domain.replay import Replay
from mlspec.domain.service import CanaryPolicy
from mlspec.kinds.trigger import Lines
from mlspec.spec.model import ModelSpec
from mlspec.spec.rules.evaluation import task_of


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


def replay(spec: ModelSpec, environment: str, line: Lines) -> Replay | None:
    """What a candidate has to keep on recorded requests there, if any are sent to it."""
    said = spec.deploy[environment].replay
    if said is None:
        return None
    at = ("deploy", environment, "replay")
    fields = ("max_prediction_shift", "max_changed", "max_error_rate")
    return Replay(
        requests=said.requests,
        fewest=min(said.min_requests, said.requests),
        shift=said.max_prediction_shift,
        changed=said.max_changed,
        tolerance=said.tolerance,
        errors=said.max_error_rate,
        numbers=_numbers(spec),
        lines={"replay": line(*at)} | {name: line(*at, name) for name in fields},
    )


def canary(spec: ModelSpec, environment: str, line: Lines) -> CanaryPolicy | None:
    """What a candidate has to keep there while it gets a share of the requests, if it does."""
    said = spec.deploy[environment].canary
    if said is None:
        return None
    fields = ("share", "for", "max_error_rate", "max_latency_p95", "max_prediction_shift")
    return CanaryPolicy(
        share=said.share,
        seconds=said.for_,
        errors=said.max_error_rate,
        p95=said.max_latency_p95,
        shift=said.max_prediction_shift,
        requests=said.min_requests,
        numbers=_numbers(spec),
        lines={name: line("deploy", environment, "canary", name) for name in fields},
    )


def shadow(spec: ModelSpec, environment: str, line: Lines) -> CanaryPolicy | None:
    """What a candidate has to keep there while it answers copies of requests, if it does."""
    said = spec.deploy[environment].shadow
    if said is None:
        return None
    fields = ("for", "max_error_rate", "max_latency_p95", "max_prediction_shift", "max_changed")
    lines = {name: line("deploy", environment, "shadow", name) for name in fields}
    numbers = _numbers(spec)
    return CanaryPolicy(
        share=said.share,
        seconds=said.for_,
        errors=said.max_error_rate,
        p95=said.max_latency_p95,
        shift=None,
        requests=said.min_requests,
        numbers=numbers,
        lines=lines,
        paired=Replay(
            requests=0,
            fewest=said.min_requests,
            shift=1.0 if said.max_prediction_shift is None else said.max_prediction_shift,
            changed=said.max_changed,
            tolerance=said.tolerance,
            errors=1.0,
            numbers=numbers,
            lines=lines,
        ),
    )


def _numbers(spec: ModelSpec) -> bool | None:
    """Whether answers are numbers; None where the spec does not tell."""
    task = task_of(spec)
    return None if task == "any" else task == "regression"
