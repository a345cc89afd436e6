"""Input tensors of the Open Inference Protocol V2 to columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mlspec.serving.columns import show
from mlspec.serving.errors import Refusal
from mlspec.serving.signature import Column, Signature

FLOATS: Final = frozenset({"FP16", "FP32", "FP64"})
INTEGERS: Final = frozenset({f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)})
ACCEPTED: Final = {
    "number": FLOATS | INTEGERS,
    "integer": FLOATS | INTEGERS,  # the values still have to be whole
    "boolean": frozenset({"BOOL"}),
    "string": frozenset({"BYTES"}),
}
NATIVE: Final = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "string": "BYTES"}


def datatype_of(column: Column) -> str:
    """The datatype in which a column is best sent."""
    if column.type != "category":
        return NATIVE[column.type]
    kinds = {type(value) for value in column.values}
    if kinds == {bool}:
        return "BOOL"
    if kinds <= {int, float}:
        return "INT64" if kinds == {int} else "FP64"
    return "BYTES"


def columns_of(document: Any, signature: Signature, batch: int) -> list[list[Any]]:
    """The columns, in the model's order; raises Refusal."""
    tensors = _tensors(document)
    for tensor in tensors:
        _check_tensor(tensor, batch)
    if _is_matrix(tensors, signature):
        return _columns_of_matrix(tensors[0], signature)
    named = _by_name(tensors, signature)
    columns = [_column(named[column.name], column) for column in signature.inputs]
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        sizes = ", ".join(f"{name} {len(c)}" for name, c in zip(signature.names, columns, strict=True))
        raise Refusal(400, f"the inputs have different numbers of rows: {sizes}")
    return columns


def _tensors(document: Any) -> list[dict[str, Any]]:
    if type(document) is not dict:
        raise Refusal(400, 'expected an object with "inputs"')
    refuse_binary(document, "binary_data_output")
    tensors = document.get("inputs")
    if type(tensors) is not list or not tensors or not all(type(tensor) is dict for tensor in tensors):
        raise Refusal(400, '"inputs" must be a list of tensors: {"name", "shape", "datatype", "data"}')
    return tensors


def refuse_binary(part: Mapping[str, Any], *keys: str) -> None:
    parameters = part.get("parameters")
    if parameters is not None and type(parameters) is not dict:
        raise Refusal(400, '"parameters" must be an object')
    if parameters and any(parameters.get(key) for key in keys):
        raise Refusal(501, "binary tensors are not supported: send and ask for JSON data")


def _check_tensor(tensor: Mapping[str, Any], batch: int) -> None:
    name = tensor.get("name")
    if type(name) is not str:
        raise Refusal(400, f"an input's name must be a string, not {show(name)}")
    refuse_binary(tensor, "binary_data_size")
    datatype, shape = tensor.get("datatype"), tensor.get("shape")
    if type(datatype) is not str or datatype not in {"BOOL", "BYTES", *FLOATS, *INTEGERS}:
        raise Refusal(400, f"input {name!r}: unknown datatype {show(datatype)}")
    if type(shape) is not list or not shape or not all(type(n) is int and n >= 0 for n in shape):
        raise Refusal(400, f"input {name!r}: the shape must be a list of whole numbers, not {show(shape)}")
    if type(tensor.get("data")) is not list:
        raise Refusal(400, f'input {name!r}: "data" must be a list')
    if shape[0] == 0:
        raise Refusal(400, "there are no rows to predict")
    if shape[0] > batch:
        raise Refusal(413, f"{shape[0]} rows are more than the {batch} of one request")


def _is_matrix(tensors: Sequence[Mapping[str, Any]], signature: Signature) -> bool:
    """One 2-D tensor for all columns, which only a model on arrays takes; [n, 1] may also be a column by its name."""
    if signature.layout != "array" or len(tensors) > 1 or len(tensors[0]["shape"]) != 2:
        return False
    return tensors[0]["shape"][1] > 1 or tensors[0]["name"] not in signature.names


def _columns_of_matrix(tensor: Mapping[str, Any], signature: Signature) -> list[list[Any]]:
    rows, width = tensor["shape"]
    if width != len(signature.inputs):
        raise Refusal(400, f"input {tensor['name']!r} has {width} columns; the model takes {len(signature.inputs)}")
    if tensor["datatype"] not in FLOATS | INTEGERS:
        raise Refusal(400, f"input {tensor['name']!r}: a matrix must be of numbers, not {tensor['datatype']}")
    flat = _flat(tensor, rows * width)
    return [_as_type(column, flat[i::width]) for i, column in enumerate(signature.inputs)]


def _as_type(column: Column, values: list[Any]) -> list[Any]:
    """A numeric matrix writes true and false as 1 and 0."""
    if column.type != "boolean":
        return values
    return [bool(value) if type(value) in {int, float} and value in {0, 1} else value for value in values]


def _by_name(tensors: Sequence[Mapping[str, Any]], signature: Signature) -> dict[str, Mapping[str, Any]]:
    named = {tensor["name"]: tensor for tensor in tensors}
    if len(named) < len(tensors):
        raise Refusal(400, "an input is given twice")
    for name in named:
        if name not in signature.names:
            raise Refusal(400, f"unknown input {name!r}; the model takes {', '.join(signature.names)}")
    missing = [name for name in signature.names if name not in named]
    if missing:
        raise Refusal(400, f"missing input{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))}")
    return named


def _column(tensor: Mapping[str, Any], column: Column) -> list[Any]:
    shape, datatype = tensor["shape"], tensor["datatype"]
    if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
        raise Refusal(400, f"input {column.name!r}: the shape must be [n] or [n, 1], not {show(shape)}")
    accepted = ACCEPTED.get(column.type) or ACCEPTED[_kind(column)]
    if datatype not in accepted:
        raise Refusal(400, f"input {column.name!r}: expected {datatype_of(column)}, not {datatype}")
    return _flat(tensor, shape[0])


def _kind(column: Column) -> str:
    return {"BOOL": "boolean", "BYTES": "string"}.get(datatype_of(column), "number")


def _flat(tensor: Mapping[str, Any], size: int) -> list[Any]:
    """The data in row-major order, however it is nested."""
    data: list[Any] = tensor["data"]
    if any(type(item) is list for item in data):
        data = list(_leaves(data))
    if len(data) != size:
        raise Refusal(
            400, f"input {tensor['name']!r}: the shape {tensor['shape']} needs {size} values, not {len(data)}"
        )
    return data


def _leaves(data: Sequence[Any]) -> Iterator[Any]:
    for item in data:
        if type(item) is list:
            yield from _leaves(item)
        else:
            yield item
