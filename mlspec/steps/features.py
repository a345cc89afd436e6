"""From a table to what an estimator is fitted on: the features by name and type, and the target."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.params import Data, Training
from mlspec.steps.records import did_you_mean
from mlspec.steps.signature import Input, Layout
from mlspec.steps.table import TEXT, Table, refuse_wrong

_DTYPES: Final = {"number": "float64", "integer": "int64", "boolean": "bool"}


def choose_features(training: Training, columns: Iterable[str]) -> tuple[str, ...]:
    """training.features, or every column but the target, less training.exclude; MlspecError for unknown names."""
    known = list(columns)
    for field, names in (("features", training.features or ()), ("exclude", sorted(training.exclude))):
        for name in names:
            if name not in known:
                raise MlspecError(f"training.{field}: there is no column {name}", hint=did_you_mean(name, known))
    if training.features and training.target in training.features:
        raise MlspecError(f"training.features has the target, {training.target}", hint="take it out")
    chosen = training.features or tuple(name for name in known if name != training.target)
    chosen = tuple(name for name in chosen if name not in training.exclude)
    if not chosen:
        raise MlspecError("no features are left", hint="see training.features and training.exclude")
    return chosen


def describe_inputs(table: Table, names: Iterable[str], data: Data, *, takes_missing: bool) -> tuple[Input, ...]:
    """The features' types; whole numbers that nobody declared are numbers, as the next row may have a fraction.

    A value may be missing where it was in training; a number or boolean also where the estimator takes that and no
    rule forbids it.
    """

    def describe(name: str) -> Input:
        column, kind = table.frame[name], table.types[name]
        if kind == "integer" and name not in data.types:
            kind = "number"
        if kind in TEXT:
            values = tuple(sorted(set(column)))
            return Input(name, kind, values if kind == "category" else None, nullable="" in values)
        return Input(name, kind, nullable=bool(column.isna().any()) or (takes_missing and name not in data.rules))

    return tuple(map(describe, names))


def choose_layout(inputs: Iterable[Input]) -> Layout:
    """An array where all features are numbers or booleans, else a frame."""
    return "frame" if any(each.type in TEXT for each in inputs) else "array"


def build_matrix(table: Table, inputs: tuple[Input, ...], layout: Layout, where: Path) -> Any:
    """The features as a float64 array, or as a frame with the types that pandas reads from CSV.

    MlspecError where a column is missing or holds a cell that is not of its type.
    """
    for each in inputs:
        if each.name not in table.frame.columns:
            raise MlspecError(f"there is no column {each.name}, which the model needs", where=str(where))
    refuse_wrong(table, (each.name for each in inputs), where)
    frame = table.frame[[each.name for each in inputs]]
    if layout == "array":
        return np.ascontiguousarray(frame.to_numpy(dtype="float64"))
    return frame.astype({each.name: _dtype(frame[each.name], each.type) for each in inputs})


def refuse_missing(table: Table, inputs: tuple[Input, ...], where: Path, why: str) -> None:
    """MlspecError that names the columns of numbers with empty cells."""
    holes = {each.name: int(table.frame[each.name].isna().sum()) for each in inputs if each.type not in TEXT}
    if named := ", ".join(f"{name} ({count})" for name, count in holes.items() if count):
        hint = "fill them, exclude the columns, or choose an estimator that takes them"
        raise MlspecError(f"{why} takes no missing values, but there are some in {named}", where=str(where), hint=hint)


def read_target(table: Table, name: str, where: Path) -> np.ndarray[Any, Any]:
    """The target as booleans, whole numbers, numbers or text; MlspecError where it is missing in a row."""
    if name not in table.frame.columns:
        found = f"training.target: there is no column {name}"
        raise MlspecError(found, where=str(where), hint=did_you_mean(name, table.frame.columns))
    refuse_wrong(table, [name], where)
    column = table.frame[name]
    empty = int((column == "").sum() if table.types[name] in TEXT else column.isna().sum())
    if empty:
        raise MlspecError(f"the target {name} is missing in {empty} rows", where=str(where), hint="drop these rows")
    if table.types[name] in TEXT:
        return column.to_numpy(dtype=str)
    if table.types[name] == "number" and (column % 1 == 0).all():
        return column.to_numpy(dtype="int64")
    return column.to_numpy(dtype=_DTYPES[table.types[name]])


def _dtype(column: pd.Series, kind: str) -> str:
    if kind in TEXT:
        return "object"
    return "float64" if column.isna().any() else _DTYPES[kind]
