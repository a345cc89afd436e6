"""The profile step: what the training rows and the model's answers on the test rows look like, in profile.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError
from mlspec.steps.features import choose_features, describe_inputs
from mlspec.steps.params import Fineness, Params
from mlspec.steps.signature import Input
from mlspec.steps.table import Table, read_table
from mlspec.steps.testing import load_rows, open_candidate

_FORMAT: Final = 1

Array = np.ndarray[Any, Any]


def run(params: Params) -> None:
    """Write profile.json: counts over bins, no row of the data itself, the same bytes for the same rows."""
    if params.fineness is None:
        raise MlspecError("nothing is monitored", where=str(params.folder / "params.yaml"), hint="mlspec compile")
    document = _of_files(params, params.fineness) if params.training.outs else _of_model(params, params.fineness)
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (params.folder / "profile.json").write_bytes(text.encode() + b"\n")


def _of_files(params: Params, fineness: Fineness) -> dict[str, JSON]:
    """A model in a format of its own: what requests have is what it was trained on; its answers are unknown."""
    table = read_table(params.folder / "prepared" / "train.csv", params.data.types)
    names = choose_features(params.training, table.frame.columns)
    inputs = describe_inputs(table, names, params.data, takes_missing=True)
    columns: list[JSON] = [describe(each, table, fineness) for each in inputs]
    return {"format": _FORMAT, "rows": len(table.frame), "columns": columns}


def _of_model(params: Params, fineness: Fineness) -> dict[str, JSON]:
    bundle = open_candidate(params)
    signature = bundle.signature
    # what requests have: with a features function, the raw columns
    name = "raw_train.csv" if signature.function else "train.csv"
    types = params.data.types | signature.types | {each.name: each.type for each in signature.sent}
    table = read_table(params.folder / "prepared" / name, types, exact=bool(signature.function))
    columns: list[JSON] = [describe(each, table, fineness) for each in signature.sent]
    given = load_rows(params, signature).trial(bundle).predicted
    labels = signature.task == "classification"
    found = _categories(list(map(label, given)), fineness) if labels else _numbers(given, fineness)
    prediction: JSON = {"name": "prediction", **found}
    return {"format": _FORMAT, "rows": len(table.frame), "columns": columns, "prediction": prediction}


def describe(column: Input, table: Table, fineness: Fineness) -> dict[str, JSON]:
    """One column: numbers and truth values by quantiles, categories by value, other texts by their length."""
    values = table.frame[column.name]
    match column.type:
        case "category":
            found = _categories(values.tolist(), fineness)
        case "string":
            lengths = [len(text) or np.nan for text in values]
            found = _numbers(np.array(lengths, dtype=np.float64), fineness) | {"kind": "length"}
        case _:
            found = _numbers(values.to_numpy(dtype=np.float64), fineness)
    return {"name": column.name, **found}


def label(value: Any) -> str:
    """A class as the server writes it: texts as they are, all else as JSON."""
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, str) else json.dumps(plain)


def _numbers(values: Array, fineness: Fineness) -> dict[str, JSON]:
    """Bins with as many rows each, as far as ties allow. Edges are values of the data: nothing is interpolated."""
    present = values[~np.isnan(values.astype(np.float64))].astype(np.float64)
    edges = _edges(present, fineness.bins)
    counts = np.bincount(np.searchsorted(edges, present), minlength=len(edges) + 1)
    return {
        "kind": "number",
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "missing": len(values) - len(present),
    }


def _edges(values: Array, bins: int) -> Array:
    """Bin i holds what is at most edge i and more than the one before; the last bin has no upper edge."""
    if not len(values):
        return np.array([], dtype=np.float64)
    inner = np.arange(1, bins) / bins
    found = np.unique(np.quantile(values, inner, method="inverted_cdf"))
    edges: Array = found[found < values.max()] + 0.0  # + 0.0: no negative zero
    if len(edges):
        return edges
    # The same value throughout: what is below it and what is above it are bins, so that either is seen.
    return np.array([np.nextafter(values.max(), -np.inf), values.max()])


def _categories(values: Sequence[str], fineness: Fineness) -> dict[str, JSON]:
    """The most frequent ones by name, ties in the order of the alphabet; then the rows of all others."""
    counted = Counter(value for value in values if value)
    ranked = sorted(counted, key=lambda value: (-counted[value], value))[: fineness.categories]
    named = sorted(ranked)
    counts = [counted[value] for value in named]
    other = sum(counted.values()) - sum(counts)
    return {
        "kind": "category",
        "values": list(named),
        "counts": [*counts, other],
        "missing": len(values) - sum(counted.values()),
    }
