"""github-issue: an issue that is opened by CI's token, and closed when the condition is over."""

from __future__ import annotations

from typing import Final

from mlspec.domain.notice import Channel, Delivery, Notice
from mlspec.kinds.notify import NotifyKind, headline

_HEADERS: Final = {
    "Authorization": "Bearer ${GITHUB_TOKEN}",
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}


class GithubIssue:
    """By GitHub's REST API, at the address that Actions tells (GITHUB_API_URL, so that GitHub Enterprise works)."""

    name = "github-issue"

    def raised(self, channel: Channel, notice: Notice) -> Delivery:
        """See NotifyKind; the answer's `url` is the issue's address in the API."""
        repository = channel.repository or "${GITHUB_REPOSITORY}"
        body = {"title": headline(notice), "body": _block(notice.message), "labels": ["mlspec"]}
        url = f"${{GITHUB_API_URL}}/repos/{repository}/issues"
        return Delivery(body, url=url, headers=_HEADERS, receipt="url")

    def over(self, channel: Channel, notice: Notice, receipt: str) -> Delivery | None:
        """See NotifyKind."""
        del channel, notice
        if not receipt:
            return None
        return Delivery({"state": "closed", "state_reason": "completed"}, receipt, "PATCH", _HEADERS)


def _block(text: str) -> str:
    """As a code block: a message may hold names of columns and files, which Markdown would read."""
    return "```\n" + text.replace("```", "'''") + "\n```"


KIND: Final[NotifyKind] = GithubIssue()
