"""Live metrics: answers that servers kept by their ids, joined with labels that came later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlspec.domain.actual import Running
from mlspec.domain.desired import Blueprint
from mlspec.domain.drift import Finding, LateLabels, MetricLimit, State
from mlspec.domain.labels import joined, read_labels
from mlspec.errors import MlspecError
from mlspec.reconciler.ports import Ports


@dataclass(frozen=True, slots=True)
class Labelled:
    """What late labels say; `warnings` are what nobody should miss."""

    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()


def labelled(ports: Ports, blueprint: Blueprint, running: Running, patience: float) -> Labelled:
    """The metrics of one place; nothing where the spec asks for none."""
    asked = blueprint.monitoring.labels if blueprint.monitoring else None
    if asked is None:
        return Labelled()
    data = ports.files.read(asked.path)
    if data is None:
        return Labelled(warnings=(f"no metrics, as there is no file {asked.path} (dvc pull, or wait for labels)",))
    try:
        labels = read_labels(data, asked.id, asked.label)
        answered = ports.telemetry.predictions(running, patience)
        truth, predicted, wrong = joined(answered.by_id, labels)
        classes = None if answered.classes is None else list(answered.classes)
        values = _measured(ports, asked, {"truth": truth, "predicted": predicted, "classes": classes})
    except ValueError as error:
        return Labelled(warnings=(f"no metrics, as {asked.path} can't be read: {error}",))
    except MlspecError as error:
        return Labelled(warnings=(f"no metrics: {error}",))
    findings = tuple(_finding(blueprint, limit, values, len(truth), asked) for limit in asked.metrics)
    strange = (f"{wrong} labels of {asked.path} are no values of the model's answers",) if wrong else ()
    return Labelled(findings, strange)


def _measured(ports: Ports, asked: LateLabels, pairs: Mapping[str, Any]) -> Mapping[str, float | None]:
    """By scikit-learn, in a process of its own; not at all for too few."""
    if len(pairs["truth"]) < asked.min_rows:
        return {}
    return ports.steps.measure({"metrics": [limit.metric for limit in asked.metrics], **pairs})


def _finding(
    blueprint: Blueprint, limit: MetricLimit, values: Mapping[str, float | None], rows: int, asked: LateLabels
) -> Finding:
    where, value = blueprint.where(limit.line), values.get(limit.metric)
    bound = limit.max if limit.min is None else limit.min
    if rows < asked.min_rows:
        return Finding(limit.metric, "labels", State.TOO_FEW, None, bound, rows, None, where, f"needs {asked.min_rows}")
    if value is None:
        return Finding(limit.metric, "labels", State.NOT_COMPARED, None, bound, rows, None, where, "is not defined")
    beyond = list(_beyond(limit, value))
    state = State.DRIFT if beyond else State.NONE
    return Finding(limit.metric, "labels", state, value, beyond[0] if beyond else bound, rows, None, where)


def _beyond(limit: MetricLimit, value: float) -> Iterator[float]:
    if limit.min is not None and value < limit.min:
        yield limit.min
    if limit.max is not None and value > limit.max:
        yield limit.max
