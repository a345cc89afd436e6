"""`training.search:` a search for the best hyperparameters, and the little language of its space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, WithJsonSchema

from mlspec.spec.values import Integer, MetricName, Section

RANGE: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "min": {"type": "number", "description": "The least value."},
        "max": {"type": "number", "description": "The greatest value."},
        "log": {"type": "boolean", "description": "Whether all orders of magnitude are as likely."},
        "points": {"type": "integer", "minimum": 2, "description": "Take only so many values, evenly spread."},
    },
    "required": ["min", "max"],
    "additionalProperties": False,
    "description": "A range of numbers, ends included; whole numbers where both ends are written so.",
}

# Written out, as a union of types would tell the user of a wrong range what is wrong with it as a list, too.
Values = Annotated[JsonValue, WithJsonSchema({"anyOf": [{"type": "array", "items": {}, "minItems": 1}, dict(RANGE)]})]


class SearchSpec(Section):
    """A search for the best hyperparameters. Each trial is scored by cross-validation on the training rows alone.

    A range has whole numbers where both ends are written so; `log: true` makes all orders of magnitude as likely;
    `points: 5` takes only so many values, evenly spread, which a `grid` needs for fractions.
    """

    method: Literal["random", "grid", "halving"] = Field(
        default="random",
        description="`random` draws trials from the space, `grid` tries all combinations, `halving` draws trials and "
        "gives ever more rows to the better of them (successive halving).",
    )
    trials: Annotated[Integer, Field(ge=1)] | None = Field(
        default=None, description="How many combinations to draw, 20 where left out; not for a `grid`."
    )
    folds: Annotated[Integer, Field(ge=2)] = Field(default=5, description="Parts of the cross-validation.")
    seed: Annotated[Integer, Field(ge=0, lt=2**32)] = Field(
        default=0, description="The seed of the draws and of the folds."
    )
    maximize: MetricName | None = Field(default=None, description="The metric to make as great as possible.")
    minimize: MetricName | None = Field(default=None, description="The metric to make as small as possible.")
    space: dict[str, Values] = Field(
        min_length=1,
        description="Parameter → a list of values, or a range such as `{min: 0.01, max: 100, log: true}`.",
    )

    @property
    def metric(self) -> str:
        """The metric that decides; the spec's rules see to it that there is one."""
        return self.maximize or self.minimize or ""

    @property
    def drawn(self) -> int | None:
        """How many trials are drawn; None where all combinations are tried."""
        return None if self.method == "grid" else self.trials or 20
