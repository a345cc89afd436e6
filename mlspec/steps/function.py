"""A features function: found in the repository, called on raw rows, and its code gathered for the server."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from mlspec.domain.python import PythonCode, follow, python_code
from mlspec.errors import MlspecError
from mlspec.steps.signature import Input
from mlspec.steps.table import TEXT, Table

ROOTS: Final = ("", "src/")
"""The folders that Python looks into, in this order, while a function is used: here and in the server."""

_DTYPES: Final = {"number": "float64", "integer": "int64", "boolean": "bool"}


@dataclass(frozen=True, slots=True)
class _Here:
    """Python files of the working tree, seen from the repository's top."""

    def blob(self, path: str) -> str | None:
        """See Modules: the path itself, where there is a file."""
        return path if Path(path).is_file() else None

    def python(self, path: str) -> PythonCode:
        """See Modules."""
        return python_code(Path(path).read_bytes())


def gather_code(function: str) -> dict[str, bytes]:
    """Path → content of the function's module and of all first-party modules that it imports, as digests follow them.

    MlspecError where the repository has no such module.
    """
    module = function.partition(":")[0]
    base = module.replace(".", "/")
    entries = [f"{root}{base}{end}" for root in ROOTS for end in (".py", "/__init__.py")]
    found = next((path for path in entries if Path(path).is_file()), None)
    if found is None:
        hint = f"looked for {entries[0]} and {entries[2]}: the server gets the function's code from the repository"
        raise MlspecError(f"features.function: the repository has no module {module}", hint=hint)
    return {path: Path(path).read_bytes() for path in follow(_Here(), [found])}


def load_function(function: str) -> Callable[[pd.DataFrame], Any]:
    """Import a function of the repository; MlspecError where there is none or importing fails."""
    module, _, name = function.partition(":")
    for root in reversed(ROOTS):
        if (path := str(Path(root).resolve())) not in sys.path:
            sys.path.insert(0, path)
    importlib.invalidate_caches()
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise MlspecError(f"features.function: importing {module} failed: {what}") from error
    if not callable(found):
        raise MlspecError(f"features.function: {module} has no function {name}")
    return found  # type: ignore[no-any-return]


def raw_inputs(table: Table, names: Sequence[str], declared: Mapping[str, str]) -> tuple[Input, ...]:
    """What a function takes: the raw columns' types. Text that nobody declared a category is a string of any value.

    A value may be missing in requests where one is in the data.
    """

    def describe(name: str) -> Input:
        column, kind = table.frame[name], table.types[name]
        if kind in TEXT:
            category = declared.get(name) == "category"
            values = tuple(sorted(set(column))) if category else None
            return Input(name, kind if category else "string", values, nullable=bool((column == "").any()))
        kind = "number" if kind == "integer" and name not in declared else kind
        return Input(name, kind, nullable=bool(column.isna().any()))

    return tuple(map(describe, names))


def raw_frame(table: Table, inputs: Sequence[Input]) -> pd.DataFrame:
    """The rows as a function gets them, in training and in the server: numbers are float64, whole ones int64 and
    booleans bool unless some may be missing, texts are `str` with "" for a missing one."""
    frame = table.frame[[each.name for each in inputs]].reset_index(drop=True)
    return frame.astype({each.name: dtype(each) for each in inputs})


def dtype(column: Input) -> str:
    """The type of a raw column, which does not depend on the rows at hand."""
    if column.type not in _DTYPES:
        return "object"
    return "float64" if column.nullable else _DTYPES[column.type]


def derive(function: Callable[[pd.DataFrame], Any], rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """What the function makes of the rows; MlspecError where it fails or does not give a table of the same rows."""
    try:
        made = function(rows.copy())
    except Exception as error:
        raise MlspecError(f"features.function: {name} failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, pd.DataFrame):
        raise MlspecError(f"features.function: {name} gives a {type(made).__name__}, not a DataFrame")
    if len(made) != len(rows) or not made.index.equals(rows.index):
        found = f"features.function: {name} gives other rows than it got ({len(made)} of {len(rows)})"
        raise MlspecError(found, hint="each row must give one row of features, in the same order")
    _check_columns(made, name)
    return made


def _check_columns(made: pd.DataFrame, name: str) -> None:
    names = list(map(str, made.columns))
    if not names or len(set(names)) < len(names) or "" in names:
        raise MlspecError(f"features.function: {name} must give columns with a name each, it gives {names}")
    for column in made.columns:
        kind = made[column].dtype
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind) or _is_text(kind)):
            hint = "give numbers, booleans or texts"
            raise MlspecError(f"features.function: {name} gives the column {column} as {kind}", hint=hint)


def _is_text(kind: Any) -> bool:
    return getattr(kind, "kind", "") == "O" or isinstance(kind, pd.StringDtype | pd.CategoricalDtype)
