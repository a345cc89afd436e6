"""Counts × checks → findings: how far live traffic is from the training data, and whether that can be chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mlspec.domain.desired import Blueprint
from mlspec.domain.drift import PREDICTION, DriftCheck, Finding, State
from mlspec.domain.traffic import Block, Column, Traffic
from mlspec.kinds.drift import MeasureKind

_FEWEST: Final = 5
"""Rows of each sample that a bin has to have, as expected from both: Cochran's rule for the χ² distribution."""

Measures = Mapping[str, MeasureKind]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two samples of one column, in bins that both fill."""

    reference: tuple[int, ...]
    live: tuple[int, ...]


def findings(blueprint: Blueprint, traffic: Traffic, measures: Measures) -> tuple[Finding, ...]:
    """All checks of a model, in the order of the spec."""
    checks = blueprint.monitoring.checks if blueprint.monitoring else ()
    return tuple(item for check in checks for item in run_check(blueprint, check, traffic, measures[check.test]))


def run_check(blueprint: Blueprint, check: DriftCheck, traffic: Traffic, kind: MeasureKind) -> Iterator[Finding]:
    """One check's findings: its columns in the profile's order, or as they are named, then the predictions."""
    where = blueprint.where(check.line)
    live = newest(traffic.blocks, check.window)
    found = [replace(_finding(name, check, traffic, live, kind), where=where) for name in _subjects(check, traffic)]
    adjusted = iter(holm([item.chance for item in found if item.chance is not None]))
    for item in found:
        yield item if item.chance is None else _decided(item, next(adjusted), check)


def newest(blocks: Sequence[Block], window: int) -> tuple[Block, ...]:
    """The newest blocks that hold at least so many rows, or all: of several workers those that came last."""
    chosen, rows = [], 0
    for block in sorted(blocks, key=lambda block: block.until, reverse=True):
        if rows >= window:
            break
        chosen.append(block)
        rows += block.rows
    return tuple(chosen)


def holm(chances: Sequence[float]) -> list[float]:
    """P-values adjusted for being many, so that any of them is below α as often as α says.

    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979: it
    asks nothing of how the columns depend on each other.
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    adjusted, highest = [0.0] * len(chances), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[index]))
        adjusted[index] = highest
    return adjusted


def _subjects(check: DriftCheck, traffic: Traffic) -> list[str]:
    columns = [name for name in traffic.columns if name != PREDICTION]
    names = columns if check.features is None else list(check.features)
    return [*names, PREDICTION] if check.predictions and PREDICTION in traffic.columns else names


def _finding(name: str, check: DriftCheck, traffic: Traffic, live: Sequence[Block], kind: MeasureKind) -> Finding:
    """What is measured, not judged yet."""
    rows = sum(block.rows for block in live)
    nothing = Finding(name, check.test, State.NOT_COMPARED, None, check.max, rows)
    column = traffic.columns.get(name)
    if column is None:
        return replace(nothing, note="the model does not take it")
    if kind.ordered and column.kind == "category":
        return replace(nothing, note=f"{check.test} compares numbers only")
    if rows < check.min_rows:
        return replace(nothing, state=State.TOO_FEW, note=f"needs {check.min_rows} rows")
    pair = paired(column, added(block.counts[name] for block in live if name in block.counts), ordered=kind.ordered)
    if not sum(pair.reference) or not sum(pair.live):
        return replace(nothing, note="no row has a value")
    value, chance = kind.measure(pair.reference, pair.live)
    return replace(nothing, state=State.NONE, value=value, chance=chance)


def _decided(item: Finding, chance: float, check: DriftCheck) -> Finding:
    assert item.value is not None
    drifted = item.value > check.max and chance < check.significance
    note = "" if drifted or item.value <= check.max else "chance explains it with so few rows"
    return replace(item, chance=chance, state=State.DRIFT if drifted else State.NONE, note=note)


def added(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The sum, bin by bin."""
    return tuple(map(sum, zip(*counts, strict=True)))


def paired(column: Column, live: tuple[int, ...], *, ordered: bool) -> _Pair:
    """Both samples, with bins that hold too few rows put together; without an order, missing is a bin as well."""
    live = live or (0,) * len(column.counts)
    if ordered:
        return _Pair(column.counts[:-1], live[:-1])
    reference = column.counts
    if column.kind == "category":
        return _joined(reference, live, _together(reference, live))
    whole = _joined(reference[:-1], live[:-1], _neighbours(reference[:-1], live[:-1]))
    rest = (reference[-1], live[-1])
    if _fills(rest, sum(reference), sum(live)):
        return _Pair((*whole.reference, rest[0]), (*whole.live, rest[1]))
    # A few missing values say nothing by themselves, and may not be lost.
    return _Pair((*whole.reference[:-1], whole.reference[-1] + rest[0]), (*whole.live[:-1], whole.live[-1] + rest[1]))


def _fills(bin_: tuple[int, int], reference: int, live: int) -> bool:
    """Whether each sample is expected to have enough rows here, if both have one distribution."""
    return sum(bin_) * min(reference, live) >= _FEWEST * (reference + live)


def _neighbours(reference: tuple[int, ...], live: tuple[int, ...]) -> list[list[int]]:
    """Bins in groups, each joined to the next until it holds enough; what is left at the end joins the last."""
    groups: list[list[int]] = [[]]
    for index in range(len(reference)):
        groups[-1].append(index)
        if _fills(_of(groups[-1], reference, live), sum(reference), sum(live)):
            groups.append([])
    left = groups.pop()
    if groups:
        groups[-1] += left
    return groups or [left]


def _together(reference: tuple[int, ...], live: tuple[int, ...]) -> list[list[int]]:
    """Categories that hold enough by themselves, and all others as one."""
    size = range(len(reference))
    full = [[i] for i in size if _fills((reference[i], live[i]), sum(reference), sum(live))]
    rest = [i for i in size if [i] not in full]
    if rest and (not full or _fills(_of(rest, reference, live), sum(reference), sum(live))):
        return [*full, rest]
    if rest:
        smallest = min(full, key=lambda group: sum(_of(group, reference, live)))
        smallest += rest
    return full


def _of(group: Sequence[int], reference: tuple[int, ...], live: tuple[int, ...]) -> tuple[int, int]:
    return sum(reference[index] for index in group), sum(live[index] for index in group)


def _joined(reference: tuple[int, ...], live: tuple[int, ...], groups: Sequence[Sequence[int]]) -> _Pair:
    pairs = [_of(group, reference, live) for group in groups]
    return _Pair(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
