"""The rules of data.validation: what breaks them, with column, rule and rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from mlspec.domain.moments import DATES
from mlspec.steps.breach import Breach, limit, show
from mlspec.steps.checks import missing_cells
from mlspec.steps.dates import find_date_breaches
from mlspec.steps.params import Data, Rule
from mlspec.steps.records import did_you_mean
from mlspec.steps.rows import find_personal_data, find_row_breaches
from mlspec.steps.table import TEXT, Table


def find_breaches(table: Table, data: Data, texts: pd.DataFrame | None = None) -> list[Breach]:
    """All that is wrong: types, then the columns in the order of the rules, then rows and their number.

    `texts` are the same cells as they stand in the file, which the search for personal data looks at.
    """
    found = [*_types(table), *_columns(table, data), *find_date_breaches(table, data), *_counts(table, data)]
    if texts is not None:
        found += find_personal_data(texts, data)
    found += [*find_row_breaches(table, data), *_rows(len(table.frame), data)]
    known = list(data.rules)
    return sorted(found, key=lambda breach: known.index(breach.column) if breach.column in known else len(known))


def _types(table: Table) -> Iterator[Breach]:
    for name, mask in table.wrong.items():
        values = table.texts[name][mask]
        yield Breach(name, f"type {table.types[name]}", tuple(values.index), tuple(map(repr, values)))


def _rows(count: int, data: Data) -> Iterator[Breach]:
    least, most = data.rows
    if not count and not least:
        yield Breach("", "rows: there are none, only a header")
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
    frame = table.frame.mask(table.frame == "").assign(**table.long)
    schema = {name: _schema(rule) for name, rule in data.rules.items() if name in frame.columns}
    try:
        pa.DataFrameSchema(schema).validate(frame, lazy=True)
    except SchemaErrors as errors:
        yield from _failures(table, errors.failure_cases)


def _counts(table: Table, data: Data) -> Iterator[Breach]:
    """What is true of a column as a whole: how much is missing, how many values there are and how often."""
    for name, rule in data.rules.items():
        if name in table.frame.columns:
            missing = missing_cells(table, name)
            present = table.exact[name][~missing]
            yield from _missing(name, rule, missing)
            yield from _distinct(name, rule, present)
            yield from _shares(name, rule, present)


def _missing(name: str, rule: Rule, missing: np.ndarray[Any, Any]) -> Iterator[Breach]:
    if rule.max_missing is not None and missing.sum() > rule.max_missing * len(missing):
        share = f"max_missing {limit(rule.max_missing)}, it is {missing.mean():.4g}"
        yield Breach(name, share, tuple(map(int, np.flatnonzero(missing))))


def _distinct(name: str, rule: Rule, present: pd.Series) -> Iterator[Breach]:
    found = present.nunique()
    if rule.min_distinct is not None and found < rule.min_distinct:
        yield Breach(name, f"min_distinct {rule.min_distinct}, there are {found}")
    if rule.max_distinct is not None and found > rule.max_distinct:
        yield Breach(name, f"max_distinct {rule.max_distinct}, there are {found}")


def _shares(name: str, rule: Rule, present: pd.Series) -> Iterator[Breach]:
    for value, limits in (rule.shares or {}).items():
        count, rows = int((present == value).sum()), len(present)
        told = f"it is {count / rows if rows else 0:.4g} ({count} of {rows} rows)"
        if "min" in limits and count < limits["min"] * rows:
            yield Breach(name, f"shares {value} min {limit(limits['min'])}, {told}")
        if "max" in limits and count > limits["max"] * rows:
            yield Breach(name, f"shares {value} max {limit(limits['max'])}, {told}")


def _failures(table: Table, cases: pd.DataFrame) -> Iterator[Breach]:
    for (name, rule), group in cases.groupby(["column", "check"], sort=False):
        wrong = table.wrong.get(str(name))
        told = [wrong is not None and bool(wrong[row]) for row in group["index"]]
        left = group[[not each for each in told]]
        if len(left):
            rows = tuple(sorted(map(int, left["index"])))  # pandera's order is its own
            # pandera's own list of cells has long ids as floats where another column has some
            yield Breach(str(name), _word(str(rule)), rows, tuple(map(show, table.exact[str(name)].loc[list(rows)])))


def _schema(rule: Rule) -> pa.Column:
    checks = []
    if isinstance(rule.min, int | float):
        checks.append(pa.Check.ge(rule.min, error=f"min {limit(rule.min)}"))
    if isinstance(rule.max, int | float):
        checks.append(pa.Check.le(rule.max, error=f"max {limit(rule.max)}"))
    if rule.values is not None:
        allowed = [str(value) for value in rule.values] if rule.type in TEXT | DATES | {None} else list(rule.values)
        checks.append(pa.Check.isin(allowed, error=f"values {', '.join(map(str, rule.values))}"))
    if rule.pattern is not None:
        checks.append(pa.Check.str_matches(rf"(?:{rule.pattern})\Z", error=f"pattern {rule.pattern}"))
    return pa.Column(nullable=rule.nullable or rule.max_missing is not None, unique=rule.unique, checks=checks)


def _word(check: str) -> str:
    return {"not_nullable": "nullable: false", "field_uniqueness": "unique"}.get(check, check)
