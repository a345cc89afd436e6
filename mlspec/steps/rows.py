"""The rules of data.validation that look at several columns of a row, and at what must not be in any cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from mlspec.domain.expression import Expression, ExpressionError, parse_expression
from mlspec.errors import MlspecError
from mlspec.steps.breach import Breach, show
from mlspec.steps.checks import broken_rows
from mlspec.steps.params import Data
from mlspec.steps.personal import find_personal
from mlspec.steps.records import did_you_mean
from mlspec.steps.table import TEXT, Table, cells_unlike_the_rest


def find_row_breaches(table: Table, data: Data) -> Iterator[Breach]:
    """What is wrong between columns: rows that are there twice, checks that are false or can't be made."""
    for columns in data.unique:
        yield from _unique(table, columns)
    found = (breach for name, text in data.checks.items() for breach in _check(table, data, name, text))
    yield from dict.fromkeys(found)  # two checks may stumble over one column


def _unique(table: Table, columns: Sequence[str]) -> Iterator[Breach]:
    if unknown := list(_unknown(table, columns, "data.validation.unique")):
        yield from unknown
        return
    twice = table.exact.duplicated(list(columns), keep=False)
    if twice.any():
        yield _breach(table, f"unique {', '.join(columns)}", [int(row) for row in twice[twice].index], columns)


def find_personal_data(texts: pd.DataFrame, data: Data) -> Iterator[Breach]:
    """Cells that look like personal data where that is forbidden; the cells themselves are never told."""
    for column in texts.columns:
        rule = data.rules.get(column)
        policy = (rule.personal_data if rule else None) or data.personal_data
        if policy == "forbid":
            yield from _personal(column, texts[column])


def _personal(column: str, cells: pd.Series[str]) -> Iterator[Breach]:
    kinds = {text: tuple(dict.fromkeys(find_personal(text))) for text in cells.unique()}
    found = cells.map(kinds)
    for kind in dict.fromkeys(kind for each in kinds.values() for kind in each):
        rows = [int(row) for row in found[[kind in each for each in found]].index]
        yield Breach(column, f"personal_data: forbid, but there is what looks like personal data, {kind}", tuple(rows))


def _check(table: Table, data: Data, name: str, text: str) -> Iterator[Breach]:
    where = f"data.validation.checks: {name}"
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        raise MlspecError(f"{where}: {error}", hint=f"the expression is: {text}") from error
    if unknown := list(_unknown(table, expression.columns, where)):
        yield from unknown
    elif len(table.frame):  # of what is empty nobody knows the types
        try:
            yield from _false(table, name, expression)
        except ExpressionError as error:
            yield Breach("", f"{where}: {expression.told(error)} (the expression is: {text})")
            yield from _texts_among_numbers(table, [each for each in expression.columns if each not in data.types])


def _false(table: Table, name: str, expression: Expression) -> Iterator[Breach]:
    rows = broken_rows(expression, table)
    if len(rows):
        yield _breach(table, f"check {name}, {expression.text}", list(map(int, rows)), expression.columns)


def _texts_among_numbers(table: Table, columns: Iterable[str]) -> Iterator[Breach]:
    """The cells for which columns of numbers are taken for texts; the spec doesn't say what these columns are."""
    for name in dict.fromkeys(columns):
        if table.types[name] in TEXT and (rows := cells_unlike_the_rest(table.frame[name])):
            rule = "a column of texts, as it has no type in data.validation.columns and not every cell is a number"
            yield Breach(name, rule, tuple(rows), tuple(repr(table.frame[name][row]) for row in rows))


def _unknown(table: Table, columns: Iterable[str], where: str) -> Iterator[Breach]:
    for name in dict.fromkeys(columns):
        if name not in table.frame.columns:
            yield Breach("", f"{where}: there is no column {name} ({did_you_mean(name, table.frame.columns)})")


def _breach(table: Table, rule: str, rows: list[int], columns: Sequence[str]) -> Breach:
    cells = table.exact[list(dict.fromkeys(columns))]
    shown = (", ".join(f"{name} {show(cells[name][row])}" for name in cells.columns) for row in rows)
    return Breach("", rule, tuple(rows), tuple(shown))
