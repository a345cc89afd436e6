"""The training profile beside a model, profile.json: the bins that live traffic is counted by."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from mlspec.serving.errors import BundleError
from mlspec.serving.signature import class_label

FILE: Final = "profile.json"
FORMAT: Final = 1
PREDICTION: Final = "prediction"

Array = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Bins:
    """One column's bins. `reference` are the training rows in each, the last of them those without a value."""

    name: str
    kind: str
    reference: tuple[int, ...]
    edges: np.ndarray[Any, np.dtype[np.float64]]
    places: Mapping[str, int]

    def count(self, values: Sequence[Any]) -> Array:
        """Rows in each bin."""
        return COUNTERS[self.kind](self, values)


@dataclass(frozen=True, slots=True)
class Profile:
    """The bins of all columns in the model's order, then of its answers; `sha256` is that of the file."""

    sha256: str
    document: Mapping[str, Any]
    columns: tuple[Bins, ...]
    prediction: Bins
    rows: int = field(default=0)

    @property
    def bins(self) -> tuple[Bins, ...]:
        """All of them."""
        return (*self.columns, self.prediction)


def read_profile(path: Path, names: Sequence[str]) -> Profile | None:
    """The profile for a model with these columns; None where there is none, BundleError where it is no such thing."""
    try:
        data = path.read_bytes()
        document = orjson.loads(data)
        return _profile(data, document, names)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleError(f"cannot read {path.name}: {error.strerror}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path.name} is not a profile: {error!r}") from error


def _profile(data: bytes, document: Mapping[str, Any], names: Sequence[str]) -> Profile:
    if document["format"] != FORMAT:
        raise BundleError(f"profile format {document['format']!r} is not known to this server (it knows {FORMAT})")
    found = {column["name"]: _bins(column) for column in document["columns"]}
    if set(found) != set(names):
        raise BundleError(f"{FILE} is not of this model: its columns are {', '.join(sorted(found))}")
    columns = tuple(found[name] for name in names)
    return Profile(hashlib.sha256(data).hexdigest(), document, columns, _bins(document[PREDICTION]), document["rows"])


def _bins(column: Mapping[str, Any]) -> Bins:
    kind = column["kind"]
    edges, values = column.get("edges", ()), column.get("values", ())
    size = len(values) + 1 if kind == "category" else len(edges) + 1
    if kind not in COUNTERS or len(column["counts"]) != size:
        raise ValueError(f"column {column['name']} has {len(column['counts'])} counts for {size} bins of a {kind}")
    return Bins(
        column["name"],
        kind,
        (*map(int, column["counts"]), int(column["missing"])),
        np.array(edges, dtype=np.float64),
        {value: place for place, value in enumerate(values)},
    )


def _numbers(bins: Bins, values: Sequence[Any]) -> Array:
    """Bin i holds what is at most edge i, and more than the one before; null is missing."""
    array = np.array(values, dtype=np.float64)
    missing = np.isnan(array)
    empty = int(np.count_nonzero(missing))
    found = np.searchsorted(bins.edges, array[~missing] if empty else array)
    counts = np.bincount(found, minlength=len(bins.reference))
    counts[-1] = empty
    return counts


def _lengths(bins: Bins, values: Sequence[Any]) -> Array:
    """Texts by their length in characters; the empty text is missing, as in training."""
    return _numbers(bins, [len(value) if value else None for value in values])


def _categories(bins: Bins, values: Sequence[Any]) -> Array:
    """Those that the profile names, then all others, then null and the empty text."""
    counts = np.zeros(len(bins.reference), dtype=np.int64)
    other = len(counts) - 2
    for value, rows in Counter(values).items():
        missing = value is None or value == ""
        counts[-1 if missing else bins.places.get(class_label(value), other)] += rows
    return counts


COUNTERS: Final[Mapping[str, Callable[[Bins, Sequence[Any]], Array]]] = {
    "number": _numbers,
    "length": _lengths,
    "category": _categories,
}


def joined(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """Values of several requests as one list."""
    return list(chain.from_iterable(parts))
