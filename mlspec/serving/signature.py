"""What a model takes and gives, as signature.json beside it says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from mlspec.serving.errors import BundleError

FORMAT: Final = 1
WITH_FEATURES: Final = 2
TYPES: Final = frozenset({"number", "integer", "boolean", "category", "string"})
NUMERIC: Final = frozenset({"number", "integer", "boolean"})


@dataclass(frozen=True, slots=True)
class Column:
    """One input: `values` are the categories seen in training; a `nullable` one takes JSON's null."""

    name: str
    type: str
    values: tuple[Any, ...] = ()
    nullable: bool = False

    @property
    def example(self) -> Any:
        """A value that the column takes."""
        if self.type == "category":
            return next((value for value in self.values if value != ""), self.values[0])
        return {"number": 1.0, "integer": 1, "boolean": False, "string": ""}[self.type]


@dataclass(frozen=True, slots=True)
class Output:
    """What is predicted; `classes` in the order of the probabilities, None for regression."""

    name: str
    type: str
    classes: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Features:
    """A function of the bundle's own code, `package.module:function`, and which of its columns the model takes."""

    function: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """`layout` is "array" (float64, in the order of the columns) or "frame" (a pandas DataFrame).

    The model takes `inputs`, or what `features` makes of them.
    """

    task: str
    inputs: tuple[Column, ...]
    output: Output
    layout: str
    features: Features | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the model's order."""
        return tuple(column.name for column in self.inputs)


def read_signature(path: Path) -> Signature:
    """Read and check a signature; raises BundleError."""
    try:
        document = orjson.loads(path.read_bytes())
        signature = _signature(document)
    except OSError as error:
        raise BundleError(f"cannot read {path.name}: {error.strerror}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{path.name} is not a signature: {error!r}") from error
    _check(signature, path.name)
    return signature


def class_label(value: Any) -> str:
    """A class as a JSON key: strings as they are, everything else as JSON writes it (`1`, `true`)."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _signature(document: Mapping[str, Any]) -> Signature:
    if document["format"] not in {FORMAT, WITH_FEATURES}:
        known = f"it knows {FORMAT} and {WITH_FEATURES}"
        raise BundleError(f"signature format {document['format']!r} is not known to this server ({known})")
    output = document["output"]
    classes = output["classes"]
    return Signature(
        task=document["task"],
        inputs=tuple(_column(column) for column in document["inputs"]),
        output=Output(output["name"], output["type"], None if classes is None else tuple(classes)),
        layout=document["layout"],
        features=_features(document["features"]) if document["format"] == WITH_FEATURES else None,
    )


def _features(document: Mapping[str, Any]) -> Features:
    return Features(document["function"], tuple(_column(column) for column in document["columns"]))


def _column(document: Mapping[str, Any]) -> Column:
    values = tuple(document.get("values") or ())
    return Column(document["name"], document["type"], values, bool(document.get("nullable", False)))


def _check(signature: Signature, file: str) -> None:
    faults = [
        (signature.task not in {"classification", "regression"}, f"task {signature.task!r}"),
        (signature.layout not in {"array", "frame"}, f"layout {signature.layout!r}"),
        (not signature.inputs, "no inputs"),
        (len(set(signature.names)) < len(signature.inputs), "an input that is named twice"),
        (signature.layout == "array" and not _numeric(signature), "text inputs in layout 'array'"),
        (signature.output.type not in {"integer", "number", "string", "boolean"}, "an unknown output type"),
        *((column.type not in TYPES, f"input {column.name!r} of type {column.type!r}") for column in signature.inputs),
        *(
            (column.type == "category" and not column.values, f"category {column.name!r} without values")
            for column in signature.inputs
        ),
    ]
    for wrong, what in faults:
        if wrong:
            raise BundleError(f"{file} has {what}")


def _numeric(signature: Signature) -> bool:
    taken = signature.features.columns if signature.features else signature.inputs
    return all(column.type in NUMERIC for column in taken)


def is_whole(value: float) -> bool:
    """Whether a number is a whole one that fits 64 bits."""
    return math.isfinite(value) and float(value).is_integer() and -(2**63) <= value < 2**63
