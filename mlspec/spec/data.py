"""`data:` where a model's data comes from, what must be true of it and how it is split."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, Strict, WithJsonSchema

from mlspec.domain.moments import moment
from mlspec.spec.sources import SourceSpec
from mlspec.spec.units import DURATION_HINT, parse_duration
from mlspec.spec.values import (
    Flag,
    Fraction,
    Integer,
    OrEmpty,
    Section,
    Text,
    fault,
)

Count = Annotated[Integer, Field(ge=0)]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Policy = Literal["allow", "forbid"]
ColumnType = Literal["integer", "number", "boolean", "category", "string", "date", "datetime"]


def _bound(value: object) -> object:
    """A number, or a date or time as ISO 8601 writes it; which of both suits the column is for the rules to say."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fault("a number or a date is expected", "such as `5`, `2024-01-31` or `2024-01-31T10:00`")
    if isinstance(value, str) and math.isnan(moment(value)):
        raise fault(f"`{value}` is neither a number nor a date", "write dates as `2024-01-31` or `2024-01-31T10:00`")
    return value


Bound = Annotated[
    int | float | str,
    BeforeValidator(_bound),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d{4}-?\d{2}-?\d{2}"}]}),
]


class ShareRule(Section):
    """How often a value may occur."""

    min: Share | None = Field(default=None, description="The least share of the rows, such as `0.1`.")
    max: Share | None = Field(default=None, description="The greatest share of the rows.")


class ColumnRule(Section):
    """What must be true of a column."""

    type: ColumnType = Field(
        description="The type that every value must have. A `category` is text out of a set. A `date` and a `datetime` "
        "are text as ISO 8601 writes it, or as `format` says, and no features: derive numbers of them."
    )
    min: Bound | None = Field(
        default=None,
        description="The least value allowed: a number (`integer`, `number`), or a date or time such as `2024-01-31` "
        "(`date`, `datetime`), which is UTC where no zone is named.",
    )
    max: Bound | None = Field(default=None, description="The greatest value allowed, as `min`.")
    format: Text | None = Field(
        default=None,
        description="How a `date` or `datetime` is written, in the directives of Python's `strptime`, such as "
        "`%d.%m.%Y`.",
    )
    values: tuple[JsonValue, ...] | None = Field(
        default=None, min_length=1, description="The only values allowed (all types but `boolean`)."
    )
    pattern: Text | None = Field(
        default=None, description="A regular expression that the whole value must match (`category`, `string`)."
    )
    nullable: Flag = Field(default=False, description="Whether values may be missing.")
    max_missing: Share | None = Field(
        default=None,
        description="The greatest share of missing values, such as `0.05`. It implies `nullable`.",
    )
    min_distinct: Count | None = Field(default=None, description="The least number of different values.")
    max_distinct: Count | None = Field(default=None, description="The greatest number of different values.")
    shares: dict[Text, ShareRule] | None = Field(
        default=None, min_length=1, description="How often values may occur, of those that are there (`category`)."
    )
    unique: Flag = Field(default=False, description="Whether no value may occur twice.")
    required: Flag = Field(default=True, description="Whether the column must be there.")
    personal_data: Policy | None = Field(
        default=None,
        description="Whether this column may hold personal data, if not as `validation` says.",
    )


class RowsRule(Section):
    """How many rows there must be."""

    min: Count | None = Field(default=None, description="The least number of rows.")
    max: Count | None = Field(default=None, description="The greatest number of rows.")


class CheckSpec(Section):
    """What must be true of each row."""

    name: Text = Field(description="What the check is called in reports.")
    expression: Text = Field(
        description="What must be true, such as `end >= start`. Names are columns, in backticks where they are no "
        "plain names. A row in which a column that it needs is empty passes."
    )


class ValidationSpec(Section):
    """What must be true of the data before anything is trained on it."""

    columns: dict[Text, ColumnRule] = Field(default_factory=dict, description="A rule per column.")
    rows: Annotated[RowsRule, OrEmpty] = Field(default=RowsRule(), description="The number of rows.")
    extra_columns: Literal["allow", "forbid"] = Field(
        default="allow", description="Whether the data may have columns that `columns` does not name."
    )
    unique: tuple[Annotated[tuple[Text, ...], Field(min_length=2)], ...] | None = Field(
        default=None,
        min_length=1,
        description="Lists of columns that are never alike in two rows, as `[[store, day]]`.",
    )
    checks: tuple[CheckSpec, ...] | None = Field(
        default=None, min_length=1, description="What must be true of several columns of each row."
    )
    personal_data: Policy = Field(
        default="allow",
        description="Whether columns may hold e-mail addresses, telephone and social security numbers, IP addresses, "
        "bank accounts (IBAN) and payment cards.",
    )


def _part(value: object) -> object:
    """A share stays, a length of time becomes seconds: at least 1, so that the two can't be mistaken."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not 0 < value < 1:
        raise fault("a share of the rows lies between 0 and 1", "write `0.2`, or a length of time such as `30d`")
    if not isinstance(value, str):
        return value
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise fault(str(error), DURATION_HINT) from None
    if seconds < 1:
        raise fault("less than a second is no length of time to test on", DURATION_HINT)
    return seconds


Part = Annotated[
    float,
    Strict(),
    BeforeValidator(_part),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": r"^[0-9.]+ ?(s|m|h|d|w)$"},
            ]
        }
    ),
]


class TimeSplit(Section):
    """A split by time: the newest rows are for testing."""

    column: Text = Field(
        description="The column that holds the time: ISO 8601 dates or times, or numbers such as a year or seconds."
    )
    test: Part = Field(description="The share of rows, or the length of time such as `30d`, to test on.")


class SplitSpec(Section):
    """How rows are divided into those to train on and those to test on."""

    test: Fraction = Field(default=0.2, description="The share of rows to test on, between 0 and 1.")
    stratify: Text | None = Field(default=None, description="A column whose values keep their shares in both parts.")
    seed: Count = Field(default=0, description="The seed of the shuffle.")
    time: TimeSplit | None = Field(
        default=None, description="Split by time in place of at random: the newest rows are for testing."
    )
    group: Text | None = Field(
        default=None,
        description="A column whose equal values stay together in one part. With `time` they can't: those on both "
        "sides are leakage.",
    )
    leakage: Literal["warn", "fail", "ignore"] = Field(
        default="warn",
        description="What happens where both parts hold identical rows, the same groups, or times that overlap.",
    )


class DataSpec(Section):
    """Where the data comes from, what must be true of it and how it is split."""

    sources: tuple[SourceSpec, ...] = Field(
        default=(),
        description="The table to train on; several with a `features.command` that joins them, and none with "
        "`features.from` whose command has sources of its own.",
    )
    validation: Annotated[ValidationSpec, OrEmpty] = Field(
        default=ValidationSpec(), description="What must be true of the data before anything is trained on it."
    )
    split: Annotated[SplitSpec, OrEmpty] = Field(
        default=SplitSpec(), description="How rows are divided for training and testing."
    )
