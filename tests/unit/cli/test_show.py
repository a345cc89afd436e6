"""Reasons in the words that people read."""

from __future__ import annotations

import pytest

from mlspec.cli.show import reason_text
from mlspec.domain.reason import Reason, ReasonKind


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            Reason(ReasonKind.IMAGE_MISSING, "0123456789ab", where="a:1"),
            "there is no such image yet [0123456789ab] (a:1)",
        ),
        (Reason(ReasonKind.IMAGE_MISSING, "image", where="a:1"), "there is no such image yet (a:1)"),
        (
            Reason(ReasonKind.DRIFTED, "wine → production", new="1 of 2 servers was stopped"),
            "1 of 2 servers was stopped",
        ),
        (
            Reason(ReasonKind.SERVING_CHANGED, "environments.production.bind", "127.0.0.1", "0.0.0.0", "a:1"),
            "environments.production.bind 127.0.0.1 -> 0.0.0.0 (a:1)",
        ),
    ],
)
def test_reasons(reason: Reason, text: str) -> None:
    assert reason_text(reason) == text
