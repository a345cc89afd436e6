"""command: a command of the user's own, with the notice as JSON on its standard input."""

from __future__ import annotations

from typing import Final

from mlspec.domain.digest import JSON
from mlspec.domain.notice import Channel, Delivery, Notice
from mlspec.kinds.notify import NotifyKind


class Command:
    """Run in the repository's root; anything but exit code 0 is tried again by the next reconcile."""

    name = "command"

    def raised(self, channel: Channel, notice: Notice) -> Delivery:
        """See NotifyKind."""
        return Delivery(_document(notice, over=False), command=channel.command)

    def over(self, channel: Channel, notice: Notice, receipt: str) -> Delivery | None:
        """See NotifyKind."""
        del receipt
        return Delivery(_document(notice, over=True), command=channel.command)


def _document(notice: Notice, *, over: bool) -> JSON:
    return {
        "format": 1,
        "condition": notice.condition.value,
        "over": over,
        "model": notice.model,
        "environment": notice.environment,
        "message": notice.message,
    }


KIND: Final[NotifyKind] = Command()
