"""Rules for `data:` rules of columns that can hold, and names of columns that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from mlspec.spec.data import ColumnRule, SplitSpec
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, suggest
from mlspec.spec.rules.columns import makes_columns
from mlspec.spec.rules.validation import check_bounds, check_column, check_formats, check_rows, named_in_rows

_TEXT = frozenset({"category", "string"})


def check_data(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of column rules, of the number of rows, and of columns that are named and not declared."""
    validation = spec.data.validation
    for name, rule in validation.columns.items():
        yield from _rule(rule, ("data", "validation", "columns", name))
    rows = validation.rows
    if rows.min is not None and rows.max is not None and rows.min > rows.max:
        yield Fault(("data", "validation", "rows", "min"), f"`min` {rows.min} is more than `max` {rows.max}")
    yield from check_rows(validation)
    yield from _split(spec.data.split)
    yield from check_formats(validation, spec.data.split.time)
    if validation.extra_columns == "forbid":
        yield from _undeclared(spec)


def _rule(rule: ColumnRule, at: Path) -> Iterator[Fault]:
    yield from check_bounds(rule, at)
    yield from check_column(rule, at)
    yield from _pattern(rule, at)
    for index, value in enumerate(rule.values or ()):
        yield from _value(rule, value, (*at, "values", index))


def _pattern(rule: ColumnRule, at: Path) -> Iterator[Fault]:
    if rule.pattern is None:
        return
    if rule.type not in _TEXT:
        yield Fault((*at, "pattern"), f"`pattern` does not suit a column of type `{rule.type}`", "it is for text")
    try:
        re.compile(rule.pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield Fault((*at, "pattern"), f"`pattern` is not a regular expression: {error}")


def _value(rule: ColumnRule, value: JsonValue, at: Path) -> Iterator[Fault]:
    """A value must be of its column's type, else no row could ever hold it."""
    assert rule.values is not None
    suits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
    }.get(rule.type, isinstance(value, str))
    if not suits:
        hint = "put it in quotes" if rule.type in _TEXT and isinstance(value, bool | int | float) else ""
        yield Fault(at, f"this value does not suit a column of type `{rule.type}`", hint)
    elif value in rule.values[: int(at[-1])]:
        yield Fault(at, "this value is here twice", "keep one of them")


def _split(split: SplitSpec) -> Iterator[Fault]:
    """What has no effect beside another way to split is a fault, like any field without one."""
    at: Path = ("data", "split")
    given = split.model_fields_set
    if split.time is not None:
        hints = {"test": "write it as `time.test`", "stratify": "remove it", "seed": "remove it: nothing is drawn"}
        for field in sorted(given & hints.keys()):
            yield Fault((*at, field), f"`{field}` has no effect beside `time`", hints[field])
    elif split.group is not None and split.stratify is not None:
        yield Fault((*at, "stratify"), "`stratify` and `group` can't both hold", "remove one of them")


def _undeclared(spec: ModelSpec) -> Iterator[Fault]:
    columns = spec.data.validation.columns
    for at, column in _named_columns(spec):
        if column not in columns:
            hint = suggest(column, columns) or "declare it in `data.validation.columns`, or allow `extra_columns`"
            yield Fault(at, f"the column `{column}` is not declared, and `extra_columns` is `forbid`", hint)


def _named_columns(spec: ModelSpec) -> Iterable[tuple[Path, str]]:
    """Every place that names a column of the data, and none that may name what a features function makes."""
    yield ("training", "target"), spec.training.target
    if spec.data.split.stratify:
        yield ("data", "split", "stratify"), spec.data.split.stratify
    yield from named_in_rows(spec.data.validation)
    if spec.data.split.group:
        yield ("data", "split", "group"), spec.data.split.group
    if spec.data.split.time:
        yield ("data", "split", "time", "column"), spec.data.split.time.column
    if makes_columns(spec):
        return
    for field in ("features", "exclude"):
        for index, column in enumerate(getattr(spec.training, field) or ()):
            yield ("training", field, index), column
    for index, item in enumerate(spec.evaluation.slices):
        yield ("evaluation", "slices", index, "column"), item.column
