"""Notifications: each file is one way to tell people of a condition, as something to deliver. Pure."""

from __future__ import annotations

from typing import Protocol

from mlspec.domain.notice import Channel, Delivery, Notice


class NotifyKind(Protocol):
    """One way to tell people."""

    @property
    def name(self) -> str:
        """The kind's name in specs."""
        ...

    def raised(self, channel: Channel, notice: Notice) -> Delivery:
        """That a condition holds now."""
        ...

    def over(self, channel: Channel, notice: Notice, receipt: str) -> Delivery | None:
        """That it holds no more; `receipt` is what the first delivery brought. None where that is not told."""
        ...


def headline(notice: Notice) -> str:
    """A condition in one line."""
    return f"{notice.subject}: {notice.condition}"
