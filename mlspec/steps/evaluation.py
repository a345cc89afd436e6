"""The part of params.yaml that says how a model is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SliceBy:
    """A column whose values (or so many quantile bins) part the test rows; parts of fewer rows are not measured."""

    column: str
    bins: int | None
    min_rows: int


@dataclass(frozen=True, slots=True)
class Simpler:
    """The baseline: an estimator by its import path, and its parameters."""

    estimator: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checks:
    """`rows` to overfit, and how many times labels are shuffled; `deps` are what a training command reads."""

    rows: int | None = None
    repeats: int | None = None
    deps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is measured; `confidence` is metric → how sure gates want to be."""

    metrics: tuple[str, ...]
    command: str | None = None
    slices: tuple[SliceBy, ...] = ()
    baseline: Simpler | None = None
    confidence: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    checks: Checks = Checks()
    plots: tuple[str, ...] = ()


def read_evaluation(raw: Mapping[str, Any]) -> Evaluation:
    """The section `evaluation`; KeyError or TypeError where it lacks something."""
    baseline, checks = raw.get("baseline"), raw.get("checks") or {}
    return Evaluation(
        metrics=tuple(raw["metrics"]),
        command=raw.get("command"),
        slices=tuple(SliceBy(item["column"], item.get("bins"), item["min_rows"]) for item in raw.get("slices") or ()),
        baseline=Simpler(baseline["estimator"], baseline.get("params") or {}) if baseline else None,
        confidence={name: tuple(map(float, levels)) for name, levels in (raw.get("confidence") or {}).items()},
        checks=Checks(checks.get("rows"), checks.get("repeats"), tuple(checks.get("deps") or ())),
        plots=tuple(raw.get("plots") or ()),
    )
