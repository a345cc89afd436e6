"""`data:` where a model's data comes from, what must be true of it and how it is split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mlspec.spec.values import (
    Command,
    Duration,
    Flag,
    Fraction,
    Integer,
    Name,
    Number,
    OrEmpty,
    RepositoryPath,
    Section,
    Text,
    later,
)

Count = Annotated[Integer, Field(ge=0)]
ColumnType = Literal["integer", "number", "boolean", "category", "string"]


class S3Source(Section):
    """An object in an S3 bucket."""

    bucket: Text = Field(description="The bucket.")
    key: Text = Field(description="The object's key.")


class SourceSpec(Section):
    """One table that the model is trained on."""

    name: Name = Field(description="What the source is called in plans and reports.")
    path: RepositoryPath = Field(description="A CSV file of the repository, kept by git or by DVC.")
    freshness: Duration | None = later("How old the data may be before it counts as stale, such as `7d`.")
    url: Text | None = later("Download the source from here.")
    sql: Text | None = later("Read the source with this query.")
    command: Command | None = later("Make the source with this command.")
    s3: S3Source | None = later("Read the source from S3.")


class ColumnRule(Section):
    """What must be true of a column."""

    type: ColumnType = Field(description="The type that every value must have. A `category` is text out of a set.")
    min: Number | None = Field(default=None, description="The least value allowed (`integer`, `number`).")
    max: Number | None = Field(default=None, description="The greatest value allowed (`integer`, `number`).")
    values: tuple[JsonValue, ...] | None = Field(
        default=None, min_length=1, description="The only values allowed (all types but `boolean`)."
    )
    pattern: Text | None = Field(
        default=None, description="A regular expression that the whole value must match (`category`, `string`)."
    )
    nullable: Flag = Field(default=False, description="Whether values may be missing.")
    unique: Flag = Field(default=False, description="Whether no value may occur twice.")
    required: Flag = Field(default=True, description="Whether the column must be there.")


class RowsRule(Section):
    """How many rows there must be."""

    min: Count | None = Field(default=None, description="The least number of rows.")
    max: Count | None = Field(default=None, description="The greatest number of rows.")


class ValidationSpec(Section):
    """What must be true of the data before anything is trained on it."""

    columns: dict[Text, ColumnRule] = Field(default_factory=dict, description="A rule per column.")
    rows: Annotated[RowsRule, OrEmpty] = Field(default=RowsRule(), description="The number of rows.")
    extra_columns: Literal["allow", "forbid"] = Field(
        default="allow", description="Whether the data may have columns that `columns` does not name."
    )


class TimeSplit(Section):
    """A split by time: the newest rows are for testing."""

    column: Text = Field(description="The column that holds the time.")
    test: Fraction | Duration = Field(description="The share of rows, or the length of time, to test on.")


class SplitSpec(Section):
    """How rows are divided into those to train on and those to test on."""

    test: Fraction = Field(default=0.2, description="The share of rows to test on, between 0 and 1.")
    stratify: Text | None = Field(default=None, description="A column whose values keep their shares in both parts.")
    seed: Count = Field(default=0, description="The seed of the shuffle.")
    time: TimeSplit | None = later("Split by time in place of at random.")
    group: Text | None = later("A column whose equal values stay together in one part.")


class DataSpec(Section):
    """Where the data comes from, what must be true of it and how it is split."""

    sources: tuple[SourceSpec, ...] = Field(
        min_length=1, description="The tables to train on. Exactly one works in this version."
    )
    validation: Annotated[ValidationSpec, OrEmpty] = Field(
        default=ValidationSpec(), description="What must be true of the data before anything is trained on it."
    )
    split: Annotated[SplitSpec, OrEmpty] = Field(
        default=SplitSpec(), description="How rows are divided for training and testing."
    )
