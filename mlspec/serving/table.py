"""Checked columns to what the estimator was fitted on: a float64 array or a pandas DataFrame."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from mlspec.serving.signature import Column, Signature

DTYPES: Final = {"number": np.float64, "integer": np.int64, "boolean": np.bool_}

Build = Callable[[Sequence[Sequence[Any]]], Any]


def table_builder(signature: Signature) -> Build:
    """The function that makes a table of columns given in the signature's order."""
    if signature.layout == "array":
        return build_array
    # pandas costs a second of CPU and 40 MB, which a model on arrays never needs.
    frame = importlib.import_module("pandas").DataFrame
    columns = signature.inputs

    def build_frame(data: Sequence[Sequence[Any]]) -> Any:
        return frame({c.name: typed(c, values) for c, values in zip(columns, data, strict=True)})

    return build_frame


def build_array(data: Sequence[Sequence[Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Rows by columns, row-major whatever the batch, so that equal rows give equal bits; null is NaN."""
    return np.ascontiguousarray(np.array(data, dtype=np.float64).T)


def typed(column: Column, values: Sequence[Any]) -> Any:
    """One column of a frame, with the dtype that it had in training: text is `object`, null makes it float64.

    A missing text is the empty text, as in training.
    """
    if column.type not in DTYPES:
        if column.nullable and None in values:
            values = ["" if value is None else value for value in values]
        return np.array(values, dtype=object)
    dtype = np.float64 if column.nullable and None in values else DTYPES[column.type]
    return np.array(values, dtype=dtype)
