"""github-issue: an issue that is opened by CI's token, and closed when the condition is over."""

from __future__ import annotations

import re
from typing import Final

from mlspec.domain.notice import Channel, Delivery, Notice
from mlspec.kinds.notify import NotifyKind, headline

_HEADERS: Final = {
    "Authorization": "Bearer ${GITHUB_TOKEN}",
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
_ISSUE: Final = re.compile(
    r"https?://[^/]+(?:/[^/]+)*/repos/(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)/issues/(?P<number>[0-9]{1,12})",
    re.ASCII,
)
"""an issue's address in the API"""


class GithubIssue:
    """By GitHub's REST API, at the address that Actions tells (GITHUB_API_URL, so that GitHub Enterprise works)."""

    name = "github-issue"

    def raised(self, channel: Channel, notice: Notice) -> Delivery:
        """See NotifyKind; the answer's `url` is the issue's address in the API."""
        body = {"title": headline(notice), "body": _block(notice.message), "labels": ["mlspec"]}
        return Delivery(body, url=_issues(channel), headers=_HEADERS, receipt="url")

    def over(self, channel: Channel, notice: Notice, receipt: str) -> Delivery | None:
        """See NotifyKind; None also for an issue of another repository than the channel has by now.

        A receipt comes from a chain, which whoever may push can write: of it only the issue's number is used, so that
        the token goes nowhere else.
        """
        del notice
        issue = _ISSUE.fullmatch(receipt)
        if issue is None or channel.repository.casefold() not in {"", issue["repository"].casefold()}:
            return None
        body = {"state": "closed", "state_reason": "completed"}
        return Delivery(body, f"{_issues(channel)}/{issue['number']}", "PATCH", _HEADERS)


def _issues(channel: Channel) -> str:
    return f"${{GITHUB_API_URL}}/repos/{channel.repository or '${GITHUB_REPOSITORY}'}/issues"


def _block(text: str) -> str:
    """As a code block: a message may hold names of columns and files, which Markdown would read."""
    return "```\n" + text.replace("```", "'''") + "\n```"


KIND: Final[NotifyKind] = GithubIssue()
