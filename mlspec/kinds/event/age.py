"""Age: the last training is longer ago than the spec allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from mlspec.domain.reason import Reason, ReasonKind
from mlspec.kinds.event import EventKind, Moment


class AgeEvent:
    """`retrain.max_age`."""

    name = "age"
    needs_news = False

    def reason(self, moment: Moment) -> Reason | None:
        """See EventKind."""
        limit = moment.policy.max_age
        if not limit or moment.now < moment.last + limit:
            return None
        trained = f"{datetime.fromtimestamp(moment.last, UTC):%Y-%m-%d %H:%MZ}" if moment.last else None
        return Reason(ReasonKind.AGE_PASSED, "last trained", trained, None, moment.where("max_age"))


KIND: Final[EventKind] = AgeEvent()
