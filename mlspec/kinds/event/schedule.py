"""Schedule: a time has come that the spec names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from mlspec.domain.cron import parse_cron
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.kinds.event import EventKind, Moment


class ScheduleEvent:
    """`retrain.schedule`: due once after each of its times, however late somebody looks."""

    name = "schedule"
    needs_news = False

    def reason(self, moment: Moment) -> Reason | None:
        """See EventKind."""
        if not moment.policy.schedule:
            return None
        due = parse_cron(moment.policy.schedule).latest(moment.now)
        if due <= moment.last:
            return None
        when = f"{datetime.fromtimestamp(due, UTC):%Y-%m-%d %H:%MZ}"
        return Reason(ReasonKind.SCHEDULE_DUE, "due", None, when, moment.where("schedule"))


KIND: Final[EventKind] = ScheduleEvent()
