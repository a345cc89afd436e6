"""Rules for `monitoring:` comparisons that can say something, of columns that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.domain.metrics import METRICS
from mlspec.spec.model import ModelSpec
from mlspec.spec.monitoring import DriftSpec, MonitoringSpec
from mlspec.spec.problem import Fault, Path, suggest
from mlspec.spec.rules.columns import makes_columns, sent_columns
from mlspec.spec.rules.evaluation import task_of

_OF_PROBABILITIES: Final = {"roc_auc", "average_precision", "log_loss", "brier_score", "expected_calibration_error"}
BY_LABELS: Final = tuple(
    name for name, metric in METRICS.items() if metric.source == "test" and name not in _OF_PROBABILITIES
)
"""Metrics that need no probabilities."""


def check_monitoring(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of what is watched."""
    if spec.monitoring is None:
        return
    if spec.training.format == "files":
        yield from _of_files(spec.monitoring)
    for index, check in enumerate(spec.monitoring.drift):
        at = ("monitoring", "drift", index)
        if check.min_rows > check.window:
            hint = f"`window` is {check.window}, and no more rows are looked at"
            yield Fault((*at, "min_rows"), f"`min_rows` {check.min_rows} is more than `window`", hint)
        if not check.features and not check.predictions:
            yield Fault((*at, "features"), "the check compares nothing", "name columns, or `all`")
        yield from _columns(spec, check, at)
        yield from _same(spec.monitoring.drift[:index], check, at)
    yield from _requests(spec)
    yield from _performance(spec)


def _of_files(monitoring: MonitoringSpec) -> Iterator[Fault]:
    """Of a model that is kept as files only its requests' columns are known: answers are its server's business."""
    for index, check in enumerate(monitoring.drift):
        at = ("monitoring", "drift", index)
        if check.predictions and "predictions" in check.model_fields_set:
            message = "mlspec does not know what a model that is kept as files answers"
            yield Fault((*at, "predictions"), message, "remove it")
        if check.predictions and not check.features:
            yield Fault((*at, "features"), "the check compares nothing", "name columns, or `all`")
    for field in ("requests", "performance"):
        if getattr(monitoring, field) is not None:
            yield Fault(("monitoring", field), f"`{field}` needs a model in skops' format", "remove it")


def _requests(spec: ModelSpec) -> Iterator[Fault]:
    requests, known = spec.monitoring.requests if spec.monitoring else None, sent_columns(spec)
    for index, name in enumerate(requests.redact if requests else ()):
        at = ("monitoring", "requests", "redact", index)
        if known is not None and name not in known:
            # The column that is meant would be kept in the clear, so a server keeps nothing.
            yield Fault(at, f"{_lacks(spec)} `{name}`", suggest(name, known))


def _lacks(spec: ModelSpec) -> str:
    return "the features function does not take" if makes_columns(spec) else "the model does not take"


def _performance(spec: ModelSpec) -> Iterator[Fault]:
    performance = spec.monitoring.performance if spec.monitoring else None
    if performance is None:
        return
    task = task_of(spec)
    for index, limit in enumerate(performance.metrics):
        at = ("monitoring", "performance", "metrics", index)
        known = METRICS.get(limit.metric)
        if known is None or limit.metric not in BY_LABELS:
            hint = suggest(limit.metric, BY_LABELS) or f"there are: {', '.join(BY_LABELS)}"
            yield Fault((*at, "metric"), f"`{limit.metric}` can't be measured by answers and labels alone", hint)
        elif "any" not in {task, known.task} and known.task != task:
            message = f"`{limit.metric}` is a metric for {known.task}, and the model is for {task}"
            yield Fault((*at, "metric"), message)
        if limit.min is not None and limit.max is not None and limit.min > limit.max:
            yield Fault((*at, "min"), f"`min` {limit.min} is more than `max` {limit.max}")


def _columns(spec: ModelSpec, check: DriftSpec, at: Path) -> Iterator[Fault]:
    """Columns that are named, as far as the spec knows which ones the model takes."""
    training, known = spec.training, sent_columns(spec)
    # what a function makes can be left out, and requests have what it was made of
    left_out = () if makes_columns(spec) else training.exclude
    for index, name in enumerate(() if check.features == "all" else check.features):
        where = (*at, "features", index)
        if name in check.features[:index]:
            yield Fault(where, f"`{name}` is here twice", "keep one of them")
        elif name == training.target:
            yield Fault(where, f"`{name}` is the target, which requests don't have", "`predictions` compares answers")
        elif name in left_out or (known is not None and name not in known):
            yield Fault(where, f"{_lacks(spec)} `{name}`", suggest(name, known or ()))
        elif check.test == "ks" and _is_text(spec, name):
            yield Fault(where, f"`ks` compares numbers, and `{name}` has none", "`psi` and `chi_square` take both")


def _is_text(spec: ModelSpec, name: str) -> bool:
    rule = spec.data.validation.columns.get(name)
    return rule is not None and rule.type == "category"


def _same(before: tuple[DriftSpec, ...], check: DriftSpec, at: Path) -> Iterator[Fault]:
    if check in before:
        yield Fault(at, "this check is here twice", "keep one of them")
