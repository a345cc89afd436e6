"""`deploy.ENV.bake:` what a new version has to keep while it is watched."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlspec.spec.values import Duration, Integer, Number, Section


class BakeSpec(Section):
    """A new version is watched after it took the traffic; one that does not keep this is rolled back, and held."""

    for_: Annotated[Duration, Field(ge=1)] = Field(
        alias="for", description="How long it is watched, such as `10m`. A replica that is down in that time counts."
    )
    max_error_rate: Annotated[Number, Field(ge=0, lt=1)] | None = Field(
        default=None, description="The greatest share of predictions that may fail (codes of 500 and more)."
    )
    max_latency_p95: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None,
        description="The greatest 95th percentile of the time to answer a prediction, such as `50ms`, by the server's "
        "own histogram.",
    )
    min_requests: Annotated[Integer, Field(ge=1)] = Field(
        default=20, description="The fewest predictions by which errors and times are judged."
    )
