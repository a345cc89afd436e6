"""Performance: labels that came later show that the model got worse."""

from __future__ import annotations

from typing import Final

from mlspec.domain.reason import Reason, ReasonKind
from mlspec.kinds.event import EventKind, Moment


class PerformanceEvent:
    """`performance` in `retrain.when`; the limits are `monitoring.performance`'s."""

    name = "performance"
    needs_news = True

    def reason(self, moment: Moment) -> Reason | None:
        """See EventKind."""
        worse = dict.fromkeys(name for report in moment.reports for name in report.degraded)
        if self.name not in moment.policy.when or not worse:
            return None
        return Reason(ReasonKind.PERFORMANCE_LOW, ", ".join(worse), where=moment.where("when"))


KIND: Final[EventKind] = PerformanceEvent()
