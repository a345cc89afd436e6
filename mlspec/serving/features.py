"""The user's features function, from the bundle: raw columns of a request to what the model was fitted on.

`python -m mlspec.serving.features BUNDLE` applies it to rows as JSON on standard input, one by one and all at once:
evaluating a candidate compares that with what it was trained on.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from mlspec.serving.errors import BundleError
from mlspec.serving.signature import Column, Signature, read_signature
from mlspec.serving.table import DTYPES, Build

ROOTS: Final = ("features", "features/src")
"""The folders of a bundle in which Python looks for the function: those of training, in its order."""


def features_builder(signature: Signature, folder: Path) -> Build:
    """The function that makes the model's table of raw columns; raises BundleError where its code can't be loaded."""
    table = frame_builder(signature, folder)

    def build(data: Sequence[Sequence[Any]]) -> Any:
        return arrange(table(data), signature)

    return build


def frame_builder(signature: Signature, folder: Path) -> Build:
    """The same as the function gives it, before it is arranged for the model."""
    assert signature.features is not None
    function = load_function(folder, signature.features.function)
    pandas = importlib.import_module("pandas")  # a second of CPU, which a model without features never needs

    def build(data: Sequence[Sequence[Any]]) -> Any:
        columns = list(zip(signature.inputs, data, strict=True))
        rows = pandas.DataFrame({column.name: raw(column, values) for column, values in columns})
        # pandas takes texts for its own `str`; training has plain objects
        texts = {column.name: object for column, _ in columns if column.type not in DTYPES}
        made = function(rows.astype(texts) if texts else rows)
        if len(made) != len(data[0]):
            raise ValueError(f"the features function gave {len(made)} rows for {len(data[0])}")
        return made

    return build


def raw(column: Column, values: Sequence[Any]) -> Any:
    """A raw column with the type that it had in training, whatever is in this request."""
    if column.type not in DTYPES:
        return np.array(["" if value is None else value for value in values], dtype=object)
    return np.array(values, dtype=np.float64 if column.nullable else DTYPES[column.type])


def arrange(made: Any, signature: Signature) -> Any:
    """The function's columns as the model takes them; ValueError where one is missing or holds what it can't."""
    assert signature.features is not None
    columns = signature.features.columns
    if missing := [column.name for column in columns if column.name not in made.columns]:
        raise ValueError(f"the features function gave no column {missing[0]!r}")
    if signature.layout == "array":
        table = np.ascontiguousarray(made[[column.name for column in columns]].to_numpy(dtype=np.float64))
        _refuse_missing(table, columns)
        return table
    return made[[column.name for column in columns]].astype({column.name: _dtype(column, made) for column in columns})


def _refuse_missing(table: Any, columns: Sequence[Column]) -> None:
    for position, column in enumerate(columns):
        if not column.nullable and np.isnan(table[:, position]).any():
            raise ValueError(f"the feature {column.name!r} has no value for row {_first_nan(table[:, position])}")


def _first_nan(values: Any) -> int:
    return int(np.flatnonzero(np.isnan(values))[0])


def _dtype(column: Column, made: Any) -> Any:
    if column.type not in DTYPES:
        return object
    return np.float64 if made[column.name].isna().any() else DTYPES[column.type]


def load_function(folder: Path, name: str) -> Callable[[Any], Any]:
    """Import the function from the bundle's own code, and from nowhere else; raises BundleError."""
    module, _, attribute = name.partition(":")
    home = folder.resolve()
    for root in reversed(ROOTS):
        sys.path.insert(0, str(home / root))
    sys.dont_write_bytecode = True  # the bundle stays what was registered
    try:
        found = importlib.import_module(module)
        function: Callable[[Any], Any] = getattr(found, attribute)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise BundleError(f"the features function {name} can't be loaded: {text}") from error
    if not Path(str(found.__file__)).resolve().is_relative_to(home):
        raise BundleError(f"the features function {name} was found at {found.__file__}, not in the bundle")
    return function


def main(argv: Sequence[str]) -> int:
    """Rows of raw columns in, `{"single": rows, "batch": rows}` of features out."""
    folder = Path(argv[0])
    signature = read_signature(folder / "signature.json")
    rows, limit = orjson.loads(sys.stdin.buffer.read()), int(argv[1])
    try:
        with redirect_stdout(sys.stderr):  # what the function prints is no part of the answer
            build = frame_builder(signature, folder)
            whole = _listed(build([[row[position] for row in rows] for position in range(len(signature.inputs))]))
            single = [_listed(build([[value] for value in row]))[0] for row in rows[:limit]]
    except Exception as error:  # noqa: BLE001 -- whatever it is, the caller reports it
        sys.stderr.write(" ".join(f"{type(error).__name__}: {error}".split()) + "\n")
        return 1
    sys.stdout.buffer.write(orjson.dumps({"batch": whole, "single": single}))
    return 0


def _listed(made: Any) -> list[dict[str, Any]]:
    """Rows of plain values; what is missing is null."""
    columns = {str(name): [_plain(value) for value in made[name].tolist()] for name in made.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str) or (isinstance(value, float) and value == value) else None  # noqa: PLR0124 NaN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
