"""`training.compute:` what a training may use, and how long it may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlspec.spec.values import Duration, Integer, Number, Section, Size


class ComputeSpec(Section):
    """What a training may use. The limits are those of the stage `train`, which is ended where it passes one."""

    cpu: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="Processors: how many threads numeric libraries and scikit-learn's own parallel parts may take, "
        "and how many trials of a search run at a time.",
    )
    memory: Annotated[Size, Field(ge=2**20)] | None = Field(
        default=None,
        description="Memory of the training and all that it starts, such as `4Gi`. It is looked at ten times a second.",
    )
    gpu: Annotated[Integer, Field(ge=0)] = Field(
        default=0, description="Graphics processors: a training is refused where fewer can be seen."
    )
    timeout: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long the training may take, such as `30m`."
    )
    budget: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None,
        description="How long all stages of a training should take together, such as `1h`. "
        "`plan` warns where former trainings say that it will be more.",
    )
