"""`monitoring:` and `retrain:` what happens to a model in use. No part of it works yet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlspec.spec.values import Duration, Integer, Number, Section, Text

Trigger = Literal["data", "code", "params", "environment", "drift"]


class DriftSpec(Section):
    """A comparison of live requests with the training data."""

    features: Literal["all"] | tuple[Text, ...] = Field(default="all", description="The columns to compare.")
    test: Literal["psi", "ks"] = Field(default="psi", description="The measure of drift.")
    max: Number = Field(description="The greatest value that does not count as drift.")
    window: Annotated[Integer, Field(ge=1)] = Field(default=1000, description="How many requests are compared.")


class MonitoringSpec(Section):
    """What is watched while the model serves."""

    drift: tuple[DriftSpec, ...] = Field(default=(), description="Comparisons of live requests with the training data.")


class RetrainSpec(Section):
    """When the model is trained again."""

    when: tuple[Trigger, ...] = Field(
        default=("data", "code", "params", "environment"), description="Changes that train the model again."
    )
    max_age: Duration | None = Field(default=None, description="Train again when the version is older, such as `30d`.")
    cooldown: Duration | None = Field(default=None, description="The least time between two trainings, such as `24h`.")
