"""Drift: live traffic is not what the model was trained on."""

from __future__ import annotations

from typing import Final

from mlspec.domain.reason import Reason, ReasonKind
from mlspec.kinds.event import EventKind, Moment


class DriftEvent:
    """`drift` in `retrain.when`; what counts as drift is `monitoring.drift`'s to say."""

    name = "drift"
    needs_news = True

    def reason(self, moment: Moment) -> Reason | None:
        """See EventKind."""
        drifted = dict.fromkeys(name for report in moment.reports for name in report.drifted)
        if self.name not in moment.policy.when or not drifted:
            return None
        return Reason(ReasonKind.DRIFT_FOUND, ", ".join(drifted), where=moment.where("when"))


KIND: Final[EventKind] = DriftEvent()
