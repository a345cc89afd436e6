"""Rules for what `data.validation` says of a column as a whole, and of several columns of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.domain.expression import ExpressionError, parse_expression
from mlspec.domain.moments import DATES, is_format, moment
from mlspec.spec.data import ColumnRule, ShareRule, TimeSplit, ValidationSpec
from mlspec.spec.problem import Fault, Path

_AT: Path = ("data", "validation")
_NUMERIC: Final = frozenset({"integer", "number"})


def check_bounds(rule: ColumnRule, at: Path) -> Iterator[Fault]:
    """Faults of the least and the greatest value, and of how dates are written."""
    hint = "it is for numbers and dates"
    for limit in ("min", "max"):
        value = getattr(rule, limit)
        if value is None:
            continue
        if rule.type not in _NUMERIC | DATES:
            yield Fault((*at, limit), f"`{limit}` does not suit a column of type `{rule.type}`", hint)
        elif isinstance(value, str) != (rule.type in DATES):
            what = "a date such as `2024-01-31`" if rule.type in DATES else "a number"
            yield Fault((*at, limit), f"`{value}` does not suit a column of type `{rule.type}`", f"write {what}")
    if rule.min is not None and rule.max is not None and _place(rule.min) > _place(rule.max):
        yield Fault((*at, "min"), f"`min` {rule.min} is more than `max` {rule.max}")
    if rule.format is not None:
        yield from _format(rule, rule.format, (*at, "format"))


def _place(bound: float | str) -> float:
    return moment(bound) if isinstance(bound, str) else bound


def _format(rule: ColumnRule, form: str, at: Path) -> Iterator[Fault]:
    if rule.type not in DATES:
        yield Fault(at, f"`format` does not suit a column of type `{rule.type}`", "it is for `date` and `datetime`")
    elif not is_format(form, rule.type):
        yield Fault(
            at, f"`{form}` can't tell a {rule.type}", "such as `%d.%m.%Y`, or `%d.%m.%Y %H:%M` for a `datetime`"
        )


def check_column(rule: ColumnRule, at: Path) -> Iterator[Fault]:
    """Faults of missing values, different values and shares."""
    if rule.max_missing is not None and "nullable" in rule.model_fields_set and not rule.nullable:
        hint = "take `nullable: false` away"
        yield Fault((*at, "max_missing"), "`max_missing` lets values be missing, and `nullable` does not", hint)
    least, most = rule.min_distinct, rule.max_distinct
    if least is not None and most is not None and least > most:
        yield Fault((*at, "min_distinct"), f"`min_distinct` {least} is more than `max_distinct` {most}")
    for value, share in (rule.shares or {}).items():
        yield from _share(rule, value, share, (*at, "shares", value))
    if sum(share.min or 0 for share in (rule.shares or {}).values()) > 1:
        yield Fault((*at, "shares"), "the least shares are more than 1 together")


def _share(rule: ColumnRule, value: str, share: ShareRule, at: Path) -> Iterator[Fault]:
    if rule.type != "category":
        yield Fault(at, f"`shares` do not suit a column of type `{rule.type}`", "they are for a `category`")
    if rule.values is not None and value not in rule.values:
        yield Fault(at, f"`{value}` is not among the column's `values`")
    if share.min is None and share.max is None:
        yield Fault(at, "a share needs `min` or `max`")
    if share.min is not None and share.max is not None and share.min > share.max:
        yield Fault((*at, "min"), f"`min` {share.min:g} is more than `max` {share.max:g}")


def check_rows(validation: ValidationSpec) -> Iterator[Fault]:
    """Faults of checks and of columns that are unique together."""
    for index, columns in enumerate(validation.unique or ()):
        if len(set(columns)) < len(columns):
            yield Fault((*_AT, "unique", index), "a column is here twice", "keep one of them")
    names: set[str] = set()
    for index, check in enumerate(validation.checks or ()):
        at = (*_AT, "checks", index)
        if check.name in names:
            yield Fault((*at, "name"), f"there are two checks called `{check.name}`", "give each its own name")
        names.add(check.name)
        try:
            parse_expression(check.expression)
        except ExpressionError as error:
            hint = "such as `end >= start`, or `plan in ['a', 'b'] or price > 0`"
            yield Fault((*at, "expression"), f"this is no expression: {error}", hint)


def check_formats(validation: ValidationSpec, time: TimeSplit | None) -> Iterator[Fault]:
    """Who reckons with dates reads them as ISO 8601 writes them, whatever `format` the column's own rule has."""
    hint = "write its dates as 2024-01-31, without `format`"
    formatted = {name for name, rule in validation.columns.items() if rule.format is not None}
    if time is not None and time.column in formatted:
        yield Fault(
            ("data", "split", "time", "column"),
            f"rows can't be split by `{time.column}`: its dates have a `format`",
            hint,
        )
    for index, check in enumerate(validation.checks or ()):
        for name in sorted(formatted):
            if f"date({name})" in check.expression.replace(" ", ""):
                yield Fault(
                    (*_AT, "checks", index, "expression"),
                    f"`date({name})` can't be read: its dates have a `format`",
                    hint,
                )


def named_in_rows(validation: ValidationSpec) -> Iterator[tuple[Path, str]]:
    """Every place that names a column."""
    for index, columns in enumerate(validation.unique or ()):
        yield from (((*_AT, "unique", index, each), column) for each, column in enumerate(columns))
    for index, check in enumerate(validation.checks or ()):
        at = (*_AT, "checks", index, "expression")
        try:
            yield from ((at, column) for column in parse_expression(check.expression).columns)
        except ExpressionError:
            continue  # told by itself
