"""Waiting for a front to answer: the engine calls it running as soon as its process is there."""

from __future__ import annotations

import http.client
import time
from typing import Final
from urllib.parse import urlsplit

PATIENCE: Final = 5.0
"""Seconds; whoever deploys need not be able to reach what is deployed, so that this is no failure."""

UNAVAILABLE: Final = 503


def await_answer(endpoint: str, patience: float = PATIENCE) -> bool:
    """Whether something behind the front answers, by now or soon."""
    deadline = time.monotonic() + patience
    while not _answers(endpoint, patience):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _answers(endpoint: str, seconds: float) -> bool:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=seconds)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        return connection.getresponse().status != UNAVAILABLE
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
