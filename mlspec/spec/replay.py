"""`deploy.ENV.replay:` what a candidate has to keep on recorded requests before it takes the traffic."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlspec.spec.values import Integer, Number, Section

Share = Annotated[Number, Field(ge=0, le=1)]


class ReplaySpec(Section):
    """Recorded requests are sent to a candidate first, and its answers compared with those of the version that serves.

    A candidate that does not keep this never takes traffic, and is held. Needs `monitoring.requests` without redacted
    columns.
    """

    requests: Annotated[Integer, Field(ge=1, le=10_000)] = Field(
        default=200, description="How many recorded rows are sent at most: the newest ones."
    )
    min_requests: Annotated[Integer, Field(ge=1)] = Field(
        default=20,
        description="With fewer recorded rows nothing is compared: the candidate is deployed, and that said.",
    )
    max_prediction_shift: Share = Field(
        default=0.1,
        description="The greatest Jensen-Shannon distance, 0 to 1, between the distributions of both versions' "
        "answers: classes one by one, numbers in bins that hold as many old answers each.",
    )
    max_changed: Share | None = Field(
        default=None, description="The greatest share of answers that may be another one than before."
    )
    tolerance: Annotated[Number, Field(ge=0)] = Field(
        default=0.1,
        description="For numbers: by how many standard deviations of the old answers an answer may differ and "
        "still be the same.",
    )
    max_error_rate: Annotated[Number, Field(ge=0, lt=1)] = Field(
        default=0.0, description="The greatest share of recorded requests that the candidate may refuse or fail."
    )
