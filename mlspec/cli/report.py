"""What came of a plan, as Markdown: for a job's summary and a pull request's comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlspec.cli.show import cell, place
from mlspec.domain.actual import ModelHistory
from mlspec.domain.metrics import METRICS
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import ActionKind


def report_markdown(models: Mapping[str, ModelHistory], outcomes: Sequence[Outcome]) -> str:
    """A heading, a table of actions, and the metrics of what was trained beside those of what environments run."""
    lines = ["### What came of it", ""]
    if not outcomes:
        return "\n".join([*lines, "Nothing was to be done.", ""])
    lines += ["| action | what | version | |", "|---|---|---|---|", *map(_row, outcomes)]
    rows = [row for outcome in outcomes if outcome.metrics for row in _metrics(models, outcome)]
    if rows:
        head = ["", "**Metrics**, each version's on its own test rows", ""]
        lines += [*head, "| model | metric | proposed | against | is | change |", "|---|---|---|---|---|---|", *rows]
    gates = [line for outcome in outcomes for line in _gates(outcome)]
    return "\n".join([*lines, *(["", "**Gates**", "", *gates] if gates else []), ""])


def _gates(outcome: Outcome) -> Iterator[str]:
    """A line for each gate of a candidate that was judged."""
    if outcome.action.action is ActionKind.TRAIN and outcome.status in {"done", "held"}:
        yield from (f"- {cell(outcome.action.model)}: {cell(line)}" for line in outcome.lines)


def _row(outcome: Outcome) -> str:
    words = outcome.status if not outcome.detail else f"{outcome.status}: {outcome.detail}"
    version = outcome.version or outcome.action.version
    return f"| {outcome.action.action} | {cell(place(outcome.action))} | {cell(version)} | {cell(words)} |"


def _metrics(models: Mapping[str, ModelHistory], outcome: Outcome) -> Iterator[str]:
    """A row for each metric and each environment that has a version of the model."""
    model = outcome.action.model
    against = _against(models.get(model, ModelHistory())) or {"": {}}
    for metric, value in sorted(outcome.metrics.items()):
        for words, known in against.items():
            cells = [model, metric, _number(metric, value), words, *_compared(metric, value, known.get(metric))]
            yield f"| {' | '.join(map(cell, cells))} |"


def _against(history: ModelHistory) -> dict[str, Mapping[str, float]]:
    """`production v0.1.0` → its metrics, for each environment that should run a version."""
    stages = sorted((name, version) for name, version in history.stages.items() if version in history.versions)
    return {f"{name} {version}": history.versions[version].metrics for name, version in stages}


def _compared(metric: str, value: float, known: float | None) -> tuple[str, str]:
    """What is there now, and the change in a word."""
    if known is None:
        return "", ""
    if value == known:
        return _number(metric, known), "the same"
    higher = metric not in METRICS or METRICS[metric].higher
    return _number(metric, known), "better" if (value > known) == higher else "worse"


def _number(metric: str, value: float) -> str:
    return f"{value:,.0f} {METRICS[metric].unit}" if metric in METRICS and METRICS[metric].unit else f"{value:.4g}"
