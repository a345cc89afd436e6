"""data.validation.checks: expressions evaluated on a table's columns, all rows at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import numpy as np

from mlspec.domain.expression import Expression, ExpressionError
from mlspec.steps.table import TEXT, Table

Kind = Literal["number", "text", "boolean"]
Array = np.ndarray[Any, Any]

_DAY: Final = 86_400.0
_ARITHMETIC: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
}
_ORDER: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class _Value:
    """A value for each row."""

    kind: Kind
    data: Array


def broken_rows(expression: Expression, table: Table) -> Array:
    """Positions of the rows for which the expression is false; where a value that it needs is missing, it is not.

    ExpressionError where it compares what can't be compared, or is no yes or no.
    """
    values = {name: _column(table, column) for name, column in expression.names.items()}
    gaps = {name: missing_cells(table, column) for name, column in expression.names.items()}
    with np.errstate(all="ignore"):
        found = _Evaluation(values, gaps, len(table.frame)).of(expression.tree)
    if found.kind != "boolean":
        raise ExpressionError(f"it gives a {found.kind}, not true or false")
    unknown = np.zeros(len(table.frame), dtype=bool)
    for column in expression.needed:
        unknown |= missing_cells(table, column)
    return np.flatnonzero(~found.data & ~unknown)


def missing_cells(table: Table, column: str) -> Array:
    """Which cells of a column are missing, or are not of its type and hence unknown."""
    cells = table.frame[column]
    return np.asarray(cells == "" if table.types[column] in TEXT else cells.isna(), dtype=bool)


def _column(table: Table, column: str) -> _Value:
    cells = table.frame[column].to_numpy()
    if table.types[column] in TEXT:
        return _Value("text", cells.astype(object))
    return _Value("boolean", cells == 1) if table.types[column] == "boolean" else _Value("number", cells)


class _Evaluation:
    """One expression over one table's columns; the tree was checked when it was read."""

    def __init__(self, columns: dict[str, _Value], gaps: dict[str, Array], rows: int) -> None:
        self._columns = columns
        self._gaps = gaps
        self._rows = rows

    def of(self, node: ast.expr) -> _Value:
        """A value for each row."""
        match node:
            case ast.Name(id=name):
                return self._columns[name]
            case ast.Constant(value=value):
                return self._constant(value)
            case ast.Compare():
                return self._compare(node)
            case ast.Call(func=ast.Name(id=name), args=given):
                return self._call(name, given)
            case _:
                return self._joined(node)

    def _joined(self, node: ast.expr) -> _Value:
        match node:
            case ast.BoolOp(op=operator, values=parts):
                join = np.logical_and if isinstance(operator, ast.And) else np.logical_or
                return _Value("boolean", join.reduce([self._kind(part, "boolean") for part in parts]))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return _Value("boolean", ~self._kind(inner, "boolean"))
            case ast.UnaryOp(op=sign, operand=inner):
                number = self._kind(inner, "number")
                return _Value("number", -number if isinstance(sign, ast.USub) else number)
            case ast.BinOp(left=left, op=sign, right=right):
                numbers = self._kind(left, "number"), self._kind(right, "number")
                return _Value("number", _ARITHMETIC[type(sign)](*numbers))
            case _:
                raise ExpressionError(f"`{ast.unparse(node)}` has no value")

    def _missing(self, node: ast.expr) -> Array:
        """Of a column its missing cells, as a truth value that is missing is no other value; else what has no value."""
        return self._gaps[node.id] if isinstance(node, ast.Name) else _is_missing(self.of(node))

    def _kind(self, node: ast.expr, kind: Kind) -> Array:
        found = self.of(node)
        if found.kind != kind:
            raise ExpressionError(f"`{ast.unparse(node)}` is a {found.kind} where a {kind} is needed")
        return found.data

    def _constant(self, value: object) -> _Value:
        if isinstance(value, bool):
            return _Value("boolean", np.full(self._rows, value))
        if isinstance(value, str):
            return _Value("text", np.full(self._rows, value, dtype=object))
        return _Value("number", np.full(self._rows, float(value)))  # type: ignore[arg-type]

    def _compare(self, node: ast.Compare) -> _Value:
        """`a < b < c` is both of its halves."""
        held = np.ones(self._rows, dtype=bool)
        left = self.of(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                held &= _among(left, right_node, wanted=isinstance(operator, ast.In))
                continue
            right = self.of(right_node)
            if left.kind != right.kind:
                raise ExpressionError(f"`{ast.unparse(node)}` compares a {left.kind} with a {right.kind}")
            held &= np.asarray(_ORDER[type(operator)](left.data, right.data), dtype=bool)
            left = right
        return _Value("boolean", held)

    def _call(self, name: str, given: Sequence[ast.expr]) -> _Value:
        match name:
            case "missing":
                return _Value("boolean", self._missing(given[0]))
            case "min" | "max":
                join = np.minimum if name == "min" else np.maximum
                return _Value("number", join.reduce([self._kind(item, "number") for item in given]))
            case "abs" | "round":
                apply = np.abs if name == "abs" else np.round
                return _Value("number", apply(self._kind(given[0], "number")))
            case _:
                return _of_text(name, self._kind(given[0], "text"))


def _of_text(name: str, texts: Array) -> _Value:
    if name in {"lower", "upper"}:
        return _Value("text", np.array([getattr(text, name)() for text in texts], dtype=object))
    count: Callable[[str], float] = len if name == "len" else days
    return _Value("number", np.array([count(text) for text in texts], dtype="float64"))


def _among(left: _Value, right: ast.expr, *, wanted: bool) -> Array:
    choices = [item.value for item in right.elts]  # type: ignore[attr-defined]  # the reader allows lists alone
    kinds = {"text" if isinstance(item, str) else "boolean" if isinstance(item, bool) else "number" for item in choices}
    if kinds - {left.kind}:
        raise ExpressionError(f"the list `{ast.unparse(right)}` is looked at for a {left.kind}")
    found = np.isin(left.data.astype(str), choices) if left.kind == "text" else np.isin(left.data, choices)
    return found if wanted else ~found


def _is_missing(value: _Value) -> Array:
    if value.kind == "text":
        return np.asarray(value.data == "", dtype=bool)
    return np.isnan(value.data) if value.kind == "number" else np.zeros(len(value.data), dtype=bool)


def days(text: str) -> float:
    """An ISO 8601 date or time in days since 1970 (UTC where it names no zone); NaN where it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return float("nan")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() / _DAY
