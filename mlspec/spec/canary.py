"""`deploy.ENV.canary:` what a candidate has to keep while it gets a share of the requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlspec.spec.values import Duration, Integer, Number, Section


class CanarySpec(Section):
    """A candidate gets a share of the requests first; one that does not keep this is taken away again, and held.

    For targets whose front can split the traffic: `docker` and `swarm`.
    """

    share: Annotated[Number, Field(ge=0.01, le=0.5)] = Field(
        description="The share of requests that the candidate gets, such as `0.1`."
    )
    for_: Annotated[Duration, Field(ge=1)] = Field(
        alias="for", description="How long it gets them before it gets all, such as `15m`."
    )
    max_error_rate: Annotated[Number, Field(ge=0, lt=1)] | None = Field(
        default=None,
        description="The greatest share of the candidate's predictions that may fail (codes of 500 and more), and by "
        "how much more of its requests it may refuse (400 to 499) than the version that serves.",
    )
    max_latency_p95: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="The greatest 95th percentile of the time that the candidate takes, such as `50ms`."
    )
    max_prediction_shift: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="The greatest Jensen-Shannon distance, 0 to 1, between the answers of both versions, of those that "
        "`monitoring.requests` keeps; a larger one counts where chance does not explain it.",
    )
    min_requests: Annotated[Integer, Field(ge=1)] = Field(
        default=50, description="The fewest predictions by which errors, times and answers are judged."
    )
