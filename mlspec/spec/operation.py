"""`retrain:` when a model in use is trained again. No part of it works yet."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlspec.spec.values import Duration, Section

Trigger = Literal["data", "code", "params", "environment", "drift"]


class RetrainSpec(Section):
    """When the model is trained again."""

    when: tuple[Trigger, ...] = Field(
        default=("data", "code", "params", "environment"), description="Changes that train the model again."
    )
    max_age: Duration | None = Field(default=None, description="Train again when the version is older, such as `30d`.")
    cooldown: Duration | None = Field(default=None, description="The least time between two trainings, such as `24h`.")
