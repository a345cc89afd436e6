"""`deploy.ENV.shadow:` what a candidate has to keep while it answers copies of live requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlspec.spec.values import Duration, Integer, Number, Section

Share = Annotated[Number, Field(ge=0, le=1)]


class ShadowSpec(Section):
    """Live requests are copied to a candidate, and callers get the answers of the version that serves.

    One that does not keep this is taken away, and held; one that does gets requests of its own, as a `canary` first
    where there is one. For targets whose front can copy requests: `docker` and `swarm`. Copied are requests of the
    method POST with a body of at most 60 KiB, as long as fewer than 32 copies are under way.
    """

    share: Annotated[Number, Field(ge=0.01, le=1)] = Field(
        default=1.0, description="The share of requests that are copied, such as `0.1`; all where left out."
    )
    for_: Annotated[Duration, Field(ge=1)] = Field(
        alias="for", description="How long it gets copies before it gets requests of its own, such as `1d`."
    )
    max_error_rate: Annotated[Number, Field(ge=0, lt=1)] | None = Field(
        default=None,
        description="The greatest share of the candidate's predictions that may fail (codes of 500 and more), and by "
        "how much more of its requests it may refuse (400 to 499) than the version that serves.",
    )
    max_latency_p95: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="The greatest 95th percentile of the time that the candidate takes, such as `50ms`."
    )
    max_prediction_shift: Share | None = Field(
        default=None,
        description="The greatest Jensen-Shannon distance, 0 to 1, between both versions' answers to the same "
        "requests, of those that `monitoring.requests` keeps.",
    )
    max_changed: Share | None = Field(
        default=None, description="The greatest share of those answers that may be another one than the old."
    )
    tolerance: Annotated[Number, Field(ge=0)] = Field(
        default=0.1,
        description="For numbers: by how many standard deviations of the old answers an answer may differ and "
        "still be the same.",
    )
    min_requests: Annotated[Integer, Field(ge=1)] = Field(
        default=50, description="The fewest predictions by which errors, times and answers are judged."
    )
