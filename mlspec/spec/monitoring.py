"""`monitoring:` what is watched while a model serves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlspec.spec.values import (
    Flag,
    Fraction,
    Integer,
    MetricName,
    Number,
    OrEmpty,
    RepositoryPath,
    Section,
    Text,
)

Measure = Literal["psi", "ks", "chi_square", "jensen_shannon"]


class DriftSpec(Section):
    """A comparison of live traffic with the training data, column by column."""

    features: Literal["all"] | tuple[Text, ...] = Field(default="all", description="The columns to compare.")
    predictions: Flag = Field(
        default=True, description="Whether the model's answers are compared too, with those on the test rows."
    )
    test: Measure = Field(
        default="psi",
        description="The measure. `psi`: the population stability index. `ks`: Kolmogorov and Smirnov's distance, of "
        "numbers only. `chi_square`: Cramér's V. `jensen_shannon`: the Jensen-Shannon distance.",
    )
    max: Annotated[Number, Field(ge=0)] | None = Field(
        default=None,
        description="The greatest value that is no drift. Where left out, the measure's usual one: `psi` 0.2, the "
        "others 0.1.",
    )
    window: Annotated[Integer, Field(ge=20, le=1_000_000)] = Field(
        default=1000, description="How many rows are compared: the newest ones."
    )
    min_rows: Annotated[Integer, Field(ge=20)] = Field(
        default=100, description="With fewer rows nothing is said; at least 20."
    )
    significance: Fraction = Field(
        default=0.01,
        description="How often the check may find drift where there is none, all its columns together. A value above "
        "`max` that chance explains as often as this is no drift.",
    )


class ProfileSpec(Section):
    """How finely the training data is summarised."""

    bins: Annotated[Integer, Field(ge=2, le=100)] = Field(
        default=20, description="Bins of a column of numbers, with as many training rows in each."
    )
    categories: Annotated[Integer, Field(ge=1, le=1000)] = Field(
        default=50, description="Categories that are counted one by one: the most frequent ones. The others are one."
    )


class RequestsSpec(Section):
    """A sample of live requests, kept where the server runs: raw values, so think of whose they are."""

    sample: Annotated[Number, Field(gt=0, le=1)] = Field(description="The share of requests to keep, such as `0.01`.")
    keep: Annotated[Integer, Field(ge=1, le=100_000)] = Field(
        default=10_000, description="How many rows each worker keeps, the newest ones; and at most 16 MiB of them."
    )
    redact: tuple[Text, ...] = Field(
        default=(), description="Columns whose values are never kept: null in their place."
    )


class LimitSpec(Section):
    """A metric of late labels, and what it has to reach."""

    metric: MetricName = Field(description="The metric, as in `evaluation.metrics`; none that needs probabilities.")
    min: Number | None = Field(default=None, description="The least value that is well.")
    max: Number | None = Field(default=None, description="The greatest value that is well.")


class PerformanceSpec(Section):
    """Live metrics: answers, kept by the requests' ids, joined with labels that come later."""

    labels: RepositoryPath = Field(description="A CSV file with the labels, kept by git or DVC or neither.")
    id: Text = Field(default="id", description="The file's column of the requests' ids.")
    label: Text | None = Field(
        default=None, description="The file's column of true values; the name of `training.target` where left out."
    )
    keep: Annotated[Integer, Field(ge=1, le=100_000)] = Field(
        default=10_000, description="How many answers each worker keeps, the newest ones with an id."
    )
    min_rows: Annotated[Integer, Field(ge=1)] = Field(
        default=50, description="With fewer labelled answers nothing is said."
    )
    metrics: tuple[LimitSpec, ...] = Field(min_length=1, description="What is measured.")


class MonitoringSpec(Section):
    """What is watched while the model serves. Empty (`monitoring: {}`) it counts, and compares nothing."""

    drift: tuple[DriftSpec, ...] = Field(default=(), description="Comparisons of live traffic with the training data.")
    profile: Annotated[ProfileSpec, OrEmpty] = Field(
        default=ProfileSpec(), description="How finely the training data is summarised."
    )
    requests: RequestsSpec | None = Field(
        default=None, description="Keep a sample of the requests' rows. Where left out, no row is kept anywhere."
    )
    performance: PerformanceSpec | None = Field(
        default=None, description="Join answers with labels that come later, and measure them."
    )

    @property
    def window(self) -> int:
        """Rows that the server has to remember the counts of."""
        return max((check.window for check in self.drift), default=1000)
