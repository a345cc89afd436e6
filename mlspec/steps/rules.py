"""The rules of data.validation: what breaks them, with column, rule and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from mlspec.steps.params import Data, Rule
from mlspec.steps.records import did_you_mean
from mlspec.steps.table import TEXT, Table


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that is broken: the positions of the rows that break it and what stands there."""

    column: str
    rule: str
    rows: tuple[int, ...] = ()
    values: tuple[str, ...] = ()


def find_breaches(table: Table, data: Data) -> list[Breach]:
    """All that is wrong, types first, then the columns in the order of the rules, then the number of rows."""
    found = [*_types(table), *_columns(table, data), *_rows(len(table.frame), data)]
    known = list(data.rules)
    return sorted(found, key=lambda breach: known.index(breach.column) if breach.column in known else len(known))


def _types(table: Table) -> Iterator[Breach]:
    for name, mask in table.wrong.items():
        values = table.texts[name][mask]
        yield Breach(name, f"type {table.types[name]}", tuple(values.index), tuple(map(repr, values)))


def _rows(count: int, data: Data) -> Iterator[Breach]:
    least, most = data.rows
    if least is not None and count < least:
        yield Breach("", f"rows: at least {least}, there are {count}")
    if most is not None and count > most:
        yield Breach("", f"rows: at most {most}, there are {count}")


def _columns(table: Table, data: Data) -> Iterator[Breach]:
    for name in data.rules.keys() - set(table.frame.columns):
        if data.rules[name].required:
            yield Breach(name, f"required, but the file has no such column ({did_you_mean(name, table.frame.columns)})")
    if not data.extra_columns:
        for name in table.frame.columns.difference(list(data.rules)):
            yield Breach(name, "extra_columns: forbid, but the file has this column")
    # an empty text is a missing one; a cell of the wrong type has been told already
    frame = table.frame.mask(table.frame == "")
    schema = {name: _schema(rule) for name, rule in data.rules.items() if name in frame.columns}
    try:
        pa.DataFrameSchema(schema).validate(frame, lazy=True)
    except SchemaErrors as errors:
        yield from _failures(table, errors.failure_cases)


def _failures(table: Table, cases: pd.DataFrame) -> Iterator[Breach]:
    for (name, rule), group in cases.groupby(["column", "check"], sort=False):
        wrong = table.wrong.get(str(name))
        told = [wrong is not None and bool(wrong[row]) for row in group["index"]]
        left = group[[not each for each in told]]
        if len(left):
            yield Breach(
                str(name), _word(str(rule)), tuple(map(int, left["index"])), tuple(map(_show, left["failure_case"]))
            )


def _schema(rule: Rule) -> pa.Column:
    checks = []
    if rule.min is not None:
        checks.append(pa.Check.ge(rule.min, error=f"min {rule.min:g}"))
    if rule.max is not None:
        checks.append(pa.Check.le(rule.max, error=f"max {rule.max:g}"))
    if rule.values is not None:
        allowed = [str(value) for value in rule.values] if rule.type in TEXT | {None} else list(rule.values)
        checks.append(pa.Check.isin(allowed, error=f"values {', '.join(map(str, rule.values))}"))
    if rule.pattern is not None:
        checks.append(pa.Check.str_matches(rf"(?:{rule.pattern})\Z", error=f"pattern {rule.pattern}"))
    return pa.Column(nullable=rule.nullable, unique=rule.unique, checks=checks)


def _word(check: str) -> str:
    return {"not_nullable": "nullable: false", "field_uniqueness": "unique"}.get(check, check)


def _show(value: object) -> str:
    if isinstance(value, float):
        return "empty" if value != value else f"{value:g}"  # noqa: PLR0124 NaN
    return "empty" if value is None else repr(value)
