"""Rules for `evaluation:` metrics that exist and suit each other, gates that can decide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from mlspec.domain.metrics import METRICS, Task
from mlspec.spec.evaluation import GateSpec
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, suggest
from mlspec.spec.unsupported import WAITING_METRICS

ALWAYS_MEASURED: Final = "model_size"
_ENDINGS: Final[dict[Task, tuple[str, ...]]] = {
    "classification": ("Classifier", "ClassifierCV", "SVC", "NB", "LogisticRegression", "LogisticRegressionCV"),
    "regression": ("Regressor", "RegressorCV", "SVR", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet"),
}
_EXACT: Final[dict[str, Task]] = {"LinearRegression": "regression", "Perceptron": "classification"}


def check_evaluation(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of metrics and gates."""
    yield from _metrics(spec)
    for index, gate in enumerate(spec.evaluation.gates):
        at = ("evaluation", "gates", index)
        yield from _measured(spec, gate, at)
        yield from (_relative(spec, gate, at) if gate.against else _absolute(gate, at))


def task_of(spec: ModelSpec) -> Task:
    """What a model is for, as far as its spec tells: by the estimator's name, else by the first metric that says so."""
    name = (spec.training.estimator or "").rpartition(".")[2]
    if name in _EXACT:
        return _EXACT[name]
    by_name = (task for task, endings in _ENDINGS.items() if name.endswith(endings))
    known = (METRICS[metric].task for metric in spec.evaluation.metrics if metric in METRICS)
    by_metric = (task for task in known if task != "any")
    return next(chain(by_name, by_metric), "any")


def _metrics(spec: ModelSpec) -> Iterator[Fault]:
    task, metrics = task_of(spec), spec.evaluation.metrics
    for index, name in enumerate(metrics):
        at = ("evaluation", "metrics", index)
        if name in metrics[:index]:
            yield Fault(at, f"`{name}` is here twice", "keep one of them")
        elif name == ALWAYS_MEASURED:
            yield Fault(at, f"`{name}` is always measured", "remove it; gates can name it all the same")
        elif name not in METRICS:
            yield _unknown(name, at)
        elif task != "any" and METRICS[name].task != task:
            known = (metric.name for metric in METRICS.values() if metric.task == task)
            hint = f"metrics for {task}: {', '.join(known)}"
            yield Fault(at, f"`{name}` is a metric for {METRICS[name].task}, and the model is for {task}", hint)


def _unknown(name: str, at: Path) -> Fault:
    hint = suggest(name, METRICS) or f"known are {', '.join(METRICS)}"
    return Fault(at, f"unknown metric `{name}`", hint)


def _measured(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    name, metrics = gate.metric, spec.evaluation.metrics
    if name in metrics or name == ALWAYS_MEASURED or name.startswith(WAITING_METRICS):
        return
    if name not in METRICS:
        yield _unknown(name, (*at, "metric"))
    elif METRICS.keys() >= set(metrics):
        # Where a metric is misspelt, that has been told, and this would only follow from it.
        yield Fault((*at, "metric"), f"`{name}` is not measured", "add it to `evaluation.metrics`")


def _absolute(gate: GateSpec, at: Path) -> Iterator[Fault]:
    for field in ("max_drop", "min_gain"):
        if getattr(gate, field) is not None:
            hint = "add `against` with an environment, such as `production`"
            yield Fault((*at, field), f"`{field}` needs something to compare with", hint)
            return
    if gate.min is None and gate.max is None:
        yield Fault(at, "the gate has no limit", "add `min` or `max`, or `against` with `max_drop` or `min_gain`")
    elif gate.min is not None and gate.max is not None and gate.min > gate.max:
        yield Fault((*at, "min"), f"`min` {gate.min} is more than `max` {gate.max}: no model can pass")


def _relative(spec: ModelSpec, gate: GateSpec, at: Path) -> Iterator[Fault]:
    for field in ("min", "max"):
        if getattr(gate, field) is not None:
            yield Fault((*at, field), f"`{field}` and `against` exclude each other", "write two gates")
    changes = [field for field in ("max_drop", "min_gain") if getattr(gate, field) is not None]
    if not changes:
        yield Fault(at, "the gate has no limit", "add `max_drop` or `min_gain`")
    elif len(changes) > 1:
        yield Fault((*at, "max_drop"), "`max_drop` and `min_gain` exclude each other", "keep one of them")
    yield from _environment(spec, gate.against, (*at, "against"))


def _environment(spec: ModelSpec, name: str | None, at: Path) -> Iterator[Fault]:
    if name and name not in spec.deploy and name != "baseline":
        hint = suggest(name, spec.deploy) or f"add `{name}` to `deploy`, or compare with an environment that is there"
        yield Fault(at, f"the model is not deployed to `{name}`", hint)
