"""`retrain:` when the model is trained again."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from mlspec.domain.cron import parse_cron
from mlspec.spec.values import Cron, Duration, Integer, Section, fault

Trigger = Literal["data", "code", "params", "environment", "drift", "performance"]
INPUTS: Final[tuple[Trigger, ...]] = ("data", "code", "params", "environment")


def _due(text: str) -> str:
    try:
        parse_cron(text)
    except ValueError as error:
        raise fault(str(error), "minute, hour, day, month, weekday, such as `0 3 * * mon`") from None
    return text


class RetrainSpec(Section):
    """When the model is trained again. Without this section, whenever what it is made of changes."""

    when: tuple[Trigger, ...] = Field(
        default=INPUTS,
        description="The changes that train the model by themselves: `data`, `code` (of `features` too), `params`, "
        "`environment`; and what "
        "live traffic says: `drift`, `performance`. What is left out is held until somebody asks for it (`apply MODEL "
        "--retrain`). A first training, and a change of anything else that decides what is trained, always count.",
    )
    max_age: Annotated[Duration, Field(ge=60)] | None = Field(
        default=None, description="Train again when the last training is longer ago, such as `30d`."
    )
    schedule: Annotated[Cron, AfterValidator(_due)] | None = Field(
        default=None, description="Train again at these times: cron's five fields, in UTC, such as `0 3 * * mon`."
    )
    cooldown: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None,
        description="The least time between a training and one that nobody asked for by a commit to code or spec, such "
        "as `24h`: new data, age, schedule, drift and performance wait.",
    )
    max_failures: Annotated[Integer, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="How often a training that crashes is tried, with growing pauses, before it is held until the next "
        "commit. Without it, each run tries again.",
    )
