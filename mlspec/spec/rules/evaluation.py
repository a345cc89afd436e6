"""Rules for `evaluation:` metrics that exist and suit each other, slices and a baseline that can be measured."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from mlspec.domain.metrics import METRICS, SHORT, Task, source_of, under_load
from mlspec.spec.evaluation import GateSpec
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, suggest
from mlspec.spec.rules.gates import check_gate, own_server

ALWAYS_MEASURED: Final = "model_size"
RESERVED: Final = frozenset({"slices", "bounds", "baseline", "checks", "staleness", "agreement"})
_ENDINGS: Final[dict[Task, tuple[str, ...]]] = {
    "classification": ("Classifier", "ClassifierCV", "SVC", "NB", "LogisticRegression", "LogisticRegressionCV"),
    "regression": ("Regressor", "RegressorCV", "SVR", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet"),
}
_EXACT: Final[dict[str, Task]] = {"LinearRegression": "regression", "Perceptron": "classification"}
_TEXT: Final = frozenset({"category", "string", "boolean", "date", "datetime"})


def check_evaluation(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of metrics, slices, baseline and gates."""
    yield from (_own(spec) if spec.evaluation.command else _metrics(spec))
    yield from _alone(spec)
    yield from _slices(spec)
    yield from _baseline(spec)
    yield from _plots(spec)
    if spec.evaluation.checks.serving_parity:
        yield from own_server(spec, ("evaluation", "checks", "serving_parity"), "`serving_parity`")
    for index, gate in enumerate(spec.evaluation.gates):
        at = ("evaluation", "gates", index)
        unmeasured = list(_measured(spec, gate, at))
        yield from unmeasured or check_gate(spec, gate, at)


def _plots(spec: ModelSpec) -> Iterator[Fault]:
    plots, task = spec.evaluation.plots, task_of(spec)
    for index, name in enumerate(plots):
        at = ("evaluation", "plots", index)
        wanted: Task = "regression" if name == "residuals" else "classification"
        if name in plots[:index]:
            yield Fault(at, f"`{name}` is here twice", "keep one of them")
        elif task not in {"any", wanted}:
            yield Fault(at, f"`{name}` is a plot for {wanted}, and the model is for {task}", "remove it")
    if plots and spec.evaluation.command:
        hint = "write them in the command, and name them in a dvc.yaml of your own"
        yield Fault(("evaluation", "plots"), "`plots` are not drawn with a `command`", hint)


def task_of(spec: ModelSpec) -> Task:
    """What a model is for, as far as its spec tells: by the estimator's name, else by the first metric that says so."""
    by_name = task_of_name(spec.training.estimator or "")
    known = (METRICS[metric].task for metric in spec.evaluation.metrics if metric in METRICS)
    by_metric = (task for task in known if task != "any")
    return by_name if by_name != "any" else next(by_metric, "any")


def task_of_name(path: str) -> Task:
    """What an estimator is for, as far as its name tells."""
    name = path.rpartition(".")[2]
    by_ending = (task for task, endings in _ENDINGS.items() if name.endswith(endings))
    return next(chain([_EXACT[name]] if name in _EXACT else [], by_ending), "any")


def _metrics(spec: ModelSpec) -> Iterator[Fault]:
    task, metrics = task_of(spec), spec.evaluation.metrics
    for index, name in enumerate(metrics):
        at = ("evaluation", "metrics", index)
        if name in metrics[:index]:
            yield Fault(at, f"`{name}` is here twice", "keep one of them")
        elif name == ALWAYS_MEASURED:
            yield Fault(at, f"`{name}` is always measured", "remove it; gates can name it all the same")
        elif name not in METRICS:
            yield _unknown(spec, name, at)
        elif METRICS[name].source == "load":
            yield Fault(at, f"`{name}` is measured where a gate asks for it", "remove it here")
        elif task != "any" and METRICS[name].task != task:
            known = (metric.name for metric in METRICS.values() if metric.task == task)
            hint = f"metrics for {task}: {', '.join(known)}"
            yield Fault(at, f"`{name}` is a metric for {METRICS[name].task}, and the model is for {task}", hint)


def _own(spec: ModelSpec) -> Iterator[Fault]:
    """A command of the user's own measures everything, and mlspec can't look into its rows."""
    evaluation = spec.evaluation
    for index, name in enumerate(evaluation.metrics):
        at = ("evaluation", "metrics", index)
        if name in evaluation.metrics[:index]:
            yield Fault(at, f"`{name}` is here twice", "keep one of them")
        elif name in METRICS and source_of(name) != "test":
            yield Fault(at, f"`{name}` is measured by mlspec itself", "remove it here; a gate can name it")
        elif name in RESERVED:
            yield Fault(at, f"`{name}` is the name of a section of metrics.json", "choose another")
        elif name not in METRICS and name not in evaluation.directions:
            hint = f"write `directions: {{{name}: higher}}`, or `lower`"
            yield Fault(at, f"which way does `{name}` get better?", hint)
    for name in evaluation.directions:
        if name in METRICS or name not in evaluation.metrics:
            found = "is known" if name in METRICS else "is of no metric here"
            yield Fault(("evaluation", "directions", name), f"the direction of `{name}` {found}", "remove it")
    yield from _blind(spec)


def _blind(spec: ModelSpec) -> Iterator[Fault]:
    evaluation = spec.evaluation
    why = "mlspec sees no rows where a `command` measures"
    for field in ("slices", "baseline"):
        if getattr(evaluation, field):
            yield Fault(("evaluation", field), f"`{field}` can't be measured: {why}", "measure it in your command")
    for field in ("overfit_one_batch", "label_shuffle"):
        if getattr(evaluation.checks, field):
            yield Fault(("evaluation", "checks", field), f"`{field}` can't be scored: {why}", "remove it")
    for index, gate in enumerate(evaluation.gates):
        if gate.confidence is not None:
            at = ("evaluation", "gates", index, "confidence")
            yield Fault(at, f"`confidence` can't be had: {why}", "measure a bound as a metric of your own")


def _unknown(spec: ModelSpec, name: str, at: Path) -> Fault:
    meant, task = SHORT.get(name.lower()), task_of(spec)
    known = ", ".join(metric.name for metric in METRICS.values() if task in {"any", metric.task})
    hint = f"did you mean `{meant}`?" if meant else suggest(name, METRICS) or f"known are {known}"
    return Fault(at, f"unknown metric `{name}`", hint)


def _measured(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    name, metrics = gate.metric, spec.evaluation.metrics
    if name in metrics or name == ALWAYS_MEASURED or under_load(name):
        return
    if name not in METRICS and not spec.evaluation.command:
        yield _unknown(spec, name, (*at, "metric"))
    elif spec.evaluation.command or METRICS.keys() >= set(metrics):
        # Where a metric is misspelt, that has been told, and this would only follow from it.
        yield Fault((*at, "metric"), f"`{name}` is not measured", "add it to `evaluation.metrics`")


def _alone(spec: ModelSpec) -> Iterator[Fault]:
    """What only a command has a use for, and what only a command can do."""
    evaluation, training = spec.evaluation, spec.training
    for field in ("deps", "directions"):
        if getattr(evaluation, field) and not evaluation.command:
            yield Fault(("evaluation", field), f"`{field}` is for a `command` of your own", "remove it")
    if training.format == "files" and not evaluation.command:
        hint = "add `evaluation.command`, which measures the model"
        yield Fault(("evaluation",), "mlspec can't measure a model that is no skops file", hint)


def _slices(spec: ModelSpec) -> Iterator[Fault]:
    columns = [item.column for item in spec.evaluation.slices]
    rules = spec.data.validation.columns
    for index, item in enumerate(spec.evaluation.slices):
        at = ("evaluation", "slices", index)
        kind = rules[item.column].type if item.column in rules else ""
        if item.column in columns[:index]:
            yield Fault((*at, "column"), f"there are slices by `{item.column}` already", "keep one of them")
        elif item.bins is not None and kind in _TEXT:
            yield Fault((*at, "bins"), f"`bins` are for numbers, and `{item.column}` is of type `{kind}`", "remove it")
        elif item.bins is None and kind == "number":
            yield Fault(at, f"`{item.column}` holds numbers: nearly every row would be a slice", "add `bins: 4`")


def _baseline(spec: ModelSpec) -> Iterator[Fault]:
    baseline = spec.evaluation.baseline
    if baseline is None:
        return
    ours, theirs = task_of(spec), task_of_name(baseline.estimator)
    if "any" not in {ours, theirs} and ours != theirs:
        at = ("evaluation", "baseline", "estimator")
        yield Fault(at, f"the baseline is for {theirs}, and the model is for {ours}", f"choose one for {ours}")
