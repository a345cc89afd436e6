"""`evaluation:` how a model is measured, and the gates that it must pass before it becomes a version."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator

from mlspec.spec.units import DURATION_HINT, SIZE_HINT, parse_duration, parse_size
from mlspec.spec.values import Fraction, MetricName, Name, Number, Section, Text, fault, later

Limit = Annotated[Number, WithJsonSchema({"type": ["number", "string"]})]
Change = Annotated[Number, Field(ge=0)]


class SliceSpec(Section):
    """A part of the test data that is measured by itself."""

    column: Text = Field(description="The column whose values divide the data.")


class GateSpec(Section):
    """One condition on a metric: against fixed limits, or against the version that an environment runs."""

    metric: MetricName = Field(description="The metric to judge: one of `evaluation.metrics`, or `model_size`.")
    min: Limit | None = Field(default=None, description="The least value that passes.")
    max: Limit | None = Field(
        default=None, description="The greatest value that passes. `model_size` takes sizes such as `100MB`."
    )
    against: Name | None = Field(
        default=None,
        description="An environment: its version is scored again on the new version's test data and compared. "
        "Passes where nothing is deployed there yet.",
    )
    max_drop: Change | None = Field(
        default=None, description="With `against`: how much worse than that version the new one may be."
    )
    min_gain: Change | None = Field(
        default=None, description="With `against`: how much better than that version the new one must be."
    )
    slice: Text | None = later("Judge each slice by this column.")
    max_gap: Number | None = later("With `slice`: how far apart the slices may be.")
    confidence: Fraction | None = later("How sure the comparison must be.")

    @field_validator("min", "max", mode="before")
    @classmethod
    def _read_unit(cls, value: object, info: ValidationInfo) -> object:
        """Sizes are bytes and durations seconds, where the metric has such a unit."""
        metric = info.data.get("metric")
        if not isinstance(value, str) or not isinstance(metric, str):
            return value
        try:
            if metric == "model_size":
                return parse_size(value)
            if metric.startswith("latency_"):
                return parse_duration(value)
        except ValueError as error:
            raise fault(str(error), SIZE_HINT if metric == "model_size" else DURATION_HINT) from None
        return value


class EvaluationSpec(Section):
    """How the model is measured, and what it must reach."""

    metrics: tuple[MetricName, ...] = Field(min_length=1, description="What is measured on the test data.")
    slices: tuple[SliceSpec, ...] | None = later("Parts of the test data to measure by themselves.")
    gates: tuple[GateSpec, ...] = Field(
        default=(), description="What must hold before a trained model becomes a version. Without gates all pass."
    )
