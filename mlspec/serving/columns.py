"""Checks of the values that clients send, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from mlspec.serving.errors import Refusal
from mlspec.serving.signature import Column, is_whole

NOUNS: Final = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "string": "a string"}
PLAIN: Final[dict[str, frozenset[type]]] = {
    "number": frozenset({int, float}),
    "integer": frozenset(),  # always looked at value by value: 1.5 and 2**63 are refused
    "boolean": frozenset({bool}),
    "string": frozenset({str}),
}
SHOWN: Final = 40
LARGEST: Final = 2**63


def check_column(column: Column, values: Sequence[Any]) -> None:
    """Raise a Refusal that names the first row whose value the column cannot take."""
    if _plain(column).issuperset(map(type, values)):
        return
    fits = CHECKS[column.type]
    for row, value in enumerate(values):
        if value is None and column.nullable:
            continue
        if not fits(column, value):
            raise Refusal(400, f"row {row}, column {column.name!r}: expected {_noun(column)}, not {show(value)}")


def count_unseen(column: Column, values: Sequence[Any]) -> int:
    """How many values are categories that training did not see; null is not counted."""
    return sum(value is not None and value not in column.values for value in values)


def show(value: Any) -> str:
    """A value as JSON, cut to a readable length."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _plain(column: Column) -> frozenset[type]:
    """The JSON types of which every value fits, so that a column costs one pass in C."""
    if column.type == "category":
        return frozenset(map(type, column.values))
    return PLAIN[column.type]


def _noun(column: Column) -> str:
    if column.type != "category":
        return NOUNS[column.type]
    return f"a category such as {show(column.example)}"


def _is_number(_column: Column, value: Any) -> bool:
    return type(value) in {int, float}  # bool is an int to isinstance, and no number to a client


def _is_integer(_column: Column, value: Any) -> bool:
    if type(value) is int:
        return -LARGEST <= value < LARGEST
    return type(value) is float and is_whole(value)


def _is_category(column: Column, value: Any) -> bool:
    kinds = {type(known) for known in column.values}
    return type(value) in kinds or (kinds <= {int, float} and type(value) in {int, float})


CHECKS: Final[dict[str, Callable[[Column, Any], bool]]] = {
    "number": _is_number,
    "integer": _is_integer,
    "boolean": lambda _column, value: type(value) is bool,
    "string": lambda _column, value: type(value) is str,
    "category": _is_category,
}
