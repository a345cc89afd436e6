"""What a model takes and gives: signature.json of the bundle, in the words that the server reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError
from mlspec.steps.files import json_text

Task = Literal["classification", "regression"]
Layout = Literal["array", "frame"]

_FORMAT: Final = 1
_WITH_FEATURES: Final = 2


@dataclass(frozen=True, slots=True)
class Input:
    """One feature: `values` are a category's values seen in training; a `nullable` one may be missing."""

    name: str
    type: str
    values: tuple[str, ...] | None = None
    nullable: bool = False

    def to_json(self) -> JSON:
        """As signature.json has it; what does not apply is left out."""
        rest: dict[str, JSON] = {} if self.values is None else {"values": list(self.values)}
        return {"name": self.name, "type": self.type} | rest | ({"nullable": True} if self.nullable else {})


@dataclass(frozen=True, slots=True)
class Signature:
    """`layout` is "array" (float64, in the order of the inputs) or "frame" (a DataFrame with their names)."""

    task: Task
    inputs: tuple[Input, ...]
    target: str
    type: str
    classes: tuple[Any, ...] | None
    layout: Layout
    function: str = ""
    """the features function that makes the inputs of raw columns; empty: requests have the inputs themselves"""
    raw: tuple[Input, ...] = ()

    def to_text(self) -> str:
        """Canonical JSON."""
        classes = None if self.classes is None else list(self.classes)
        inputs: JSON = [each.to_json() for each in self.inputs]
        told: dict[str, JSON] = {
            "format": _FORMAT,
            "task": self.task,
            "inputs": inputs,
            "output": {"name": self.target, "type": self.type, "classes": classes},
            "layout": self.layout,
        }
        if self.function:
            # another format, so that no older server takes raw columns for features
            told |= {"format": _WITH_FEATURES, "inputs": [each.to_json() for each in self.raw]}
            told["features"] = {"function": self.function, "columns": inputs}
        return json_text(told)

    @property
    def sent(self) -> tuple[Input, ...]:
        """What requests have: the inputs, or the raw columns that a features function makes them of."""
        return self.raw if self.function else self.inputs

    @property
    def types(self) -> dict[str, str]:
        """column → type, with the target's."""
        return {each.name: each.type for each in self.inputs} | {self.target: declared_type(self.type)}


def declared_type(output: str) -> str:
    """The column type of an output type: text classes are read as categories."""
    return "category" if output == "string" else output


def read_signature(path: Path) -> Signature:
    """Read a signature.json; MlspecError where there is none or it is something else."""
    try:
        raw = json.loads(path.read_bytes())
        if raw["format"] not in {_FORMAT, _WITH_FEATURES}:
            raise MlspecError(f"has format {raw['format']}, of a newer mlspec", where=str(path))
        return _signature(raw)
    except OSError as error:
        raise MlspecError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise MlspecError(f"is not a model's signature: {error!r}", where=str(path)) from error


def _signature(raw: dict[str, Any]) -> Signature:
    output = raw["output"]
    inputs = tuple(map(input_from_json, raw["inputs"]))
    features = raw.get("features")
    return Signature(
        task=raw["task"],
        inputs=tuple(map(input_from_json, features["columns"])) if features else inputs,
        target=output["name"],
        type=output["type"],
        classes=None if output["classes"] is None else tuple(output["classes"]),
        layout=raw["layout"],
        function=features["function"] if features else "",
        raw=inputs if features else (),
    )


def input_from_json(raw: dict[str, Any]) -> Input:
    """What `Input.to_json` wrote."""
    values = raw.get("values")
    return Input(raw["name"], raw["type"], None if values is None else tuple(values), bool(raw.get("nullable")))
