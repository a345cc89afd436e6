"""webhook: a POST of the JSON that Slack's incoming webhooks take, Mattermost's and Rocket.Chat's.

Discord takes it at its webhook's address with `/slack` behind it.
"""

from __future__ import annotations

from typing import Final

from mlspec.domain.notice import Channel, Delivery, Notice
from mlspec.kinds.notify import NotifyKind, headline


class Webhook:
    """The URL is a secret, so the spec has only the name of the environment variable that holds it."""

    name = "webhook"

    def raised(self, channel: Channel, notice: Notice) -> Delivery:
        """See NotifyKind."""
        return _post(channel, f"*{_escaped(headline(notice))}*\n{_escaped(notice.message)}")

    def over(self, channel: Channel, notice: Notice, receipt: str) -> Delivery | None:
        """See NotifyKind."""
        del receipt
        return _post(channel, f"{_escaped(headline(notice))} is over")


def _post(channel: Channel, text: str) -> Delivery:
    return Delivery({"text": text}, url=f"${{{channel.url}}}")


def _escaped(text: str) -> str:
    """Slack's own three control characters, https://api.slack.com/reference/surfaces/formatting#escaping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


KIND: Final[NotifyKind] = Webhook()
