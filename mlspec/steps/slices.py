"""Parts of the test rows: by a column's values, or by quantile bins of its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.evaluation import SliceBy
from mlspec.steps.records import did_you_mean
from mlspec.steps.scores import measure_if_defined
from mlspec.steps.table import TEXT, Table
from mlspec.steps.trial import Rows, Trial

MOST: Final = 200
"""More parts than these are no slices but rows."""
MISSING: Final = "missing"

Slices = dict[str, dict[str, dict[str, float]]]


def measure_slices(slices: Iterable[SliceBy], names: Iterable[str], trial: Trial, table: Table, where: Path) -> Slices:
    """column → value → rows and metrics; a part with too few rows, or without a class, lacks metrics.

    MlspecError where there is no such column, or nearly every row would be a part.
    """
    names = list(names)
    return {
        item.column: {name: _measured(item, names, trial.take(mask)) for name, mask in _parts(item, table, where)}
        for item in slices
    }


def _measured(item: SliceBy, names: list[str], part: Trial) -> dict[str, float]:
    rows = len(part.truth)
    values = {name: measure_if_defined(name, part) for name in names} if rows >= item.min_rows else {}
    return {"rows": rows} | {name: value for name, value in values.items() if value is not None}


def _parts(item: SliceBy, table: Table, where: Path) -> Iterator[tuple[str, Rows]]:
    """The name of each part and the mask of its rows, in the order of the values."""
    if item.column not in table.frame.columns:
        hint = did_you_mean(item.column, table.frame.columns)
        raise MlspecError(f"evaluation.slices: there is no column {item.column}", where=str(where), hint=hint)
    column, kind = table.frame[item.column], table.types[item.column]
    if item.bins is not None:
        if kind in TEXT:
            raise MlspecError(f"evaluation.slices: {item.column} holds text, which has no bins", hint="remove bins")
        yield from _bins(column, item.bins)
        return
    values = sorted(column.dropna().unique())
    if len(values) > MOST:
        found = f"evaluation.slices: {item.column} has {len(values)} values in {len(column)} test rows"
        raise MlspecError(found, where=str(where), hint="add bins: 4, or choose a column with fewer values")
    for name, value in zip(_names(values, kind), values, strict=True):
        yield name, (column == value).to_numpy()
    if column.isna().any():
        yield MISSING, column.isna().to_numpy()


def _names(values: Sequence[Any], kind: str) -> list[str]:
    """A name for each value, all different: a text may say `missing` itself."""
    if kind == "boolean":
        return [str(bool(value)).lower() for value in values]
    if kind in TEXT:
        return [value or (f"({MISSING})" if MISSING in values else MISSING) for value in values]
    return _written(values, 12)


def _written(numbers: Sequence[float], digits: int) -> list[str]:
    """Numbers with so many digits, and more where it takes more to tell them apart; 17 tell all of them apart."""
    for count in range(digits, 18):
        texts = [f"{number:.{count}g}" for number in numbers]
        if len(set(texts)) == len(texts):
            break
    return texts


def _bins(column: pd.Series, count: int) -> Iterator[tuple[str, Rows]]:
    """Bins closed below; equal quantiles, as of a column that is mostly zero, fall together."""
    numbers = column.to_numpy(dtype="float64")
    present = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(present, np.linspace(0, 1, count + 1))) if len(present) else present
    names = _written(edges.tolist(), 6)
    for (low, high), (start, end) in zip(pairwise(edges), pairwise(names), strict=True):
        last = high == edges[-1]
        inside = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
        yield f"{start} to {end}", inside
    if len(edges) == 1:
        yield names[0], numbers == edges[0]
    if np.isnan(numbers).any():
        yield MISSING, np.isnan(numbers)
