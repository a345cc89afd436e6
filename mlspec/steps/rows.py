"""The rules of data.validation that look at several columns of a row, and at what must not be in any cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from mlspec.domain.expression import ExpressionError, parse_expression
from mlspec.errors import MlspecError
from mlspec.steps.breach import Breach, show
from mlspec.steps.checks import broken_rows
from mlspec.steps.params import Data
from mlspec.steps.personal import find_personal
from mlspec.steps.records import did_you_mean
from mlspec.steps.table import Table


def find_row_breaches(table: Table, data: Data) -> Iterator[Breach]:
    """What is wrong between columns: rows that are there twice, checks that are false."""
    for columns in data.unique:
        _refuse_unknown(table, columns, "data.validation.unique")
        twice = table.exact.duplicated(list(columns), keep=False)
        if twice.any():
            yield _breach(table, f"unique {', '.join(columns)}", [int(row) for row in twice[twice].index], columns)
    for name, text in data.checks.items():
        yield from _check(table, name, text)


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


def _check(table: Table, name: str, text: str) -> Iterator[Breach]:
    where = f"data.validation.checks: {name}"
    try:
        expression = parse_expression(text)
        _refuse_unknown(table, expression.columns, where)
        rows = broken_rows(expression, table)
    except ExpressionError as error:
        raise MlspecError(f"{where}: {error}", hint=f"the expression is: {text}") from error
    if len(rows):
        yield _breach(table, f"check {name}, {text}", list(map(int, rows)), expression.columns)


def _refuse_unknown(table: Table, columns: Iterable[str], where: str) -> None:
    for name in columns:
        if name not in table.frame.columns:
            hint = did_you_mean(name, table.frame.columns)
            raise MlspecError(f"{where}: there is no column {name}", hint=hint)


def _breach(table: Table, rule: str, rows: list[int], columns: Sequence[str]) -> Breach:
    cells = table.exact[list(dict.fromkeys(columns))]
    shown = (", ".join(f"{name} {show(cells[name][row])}" for name in cells.columns) for row in rows)
    return Breach("", rule, tuple(rows), tuple(shown))
