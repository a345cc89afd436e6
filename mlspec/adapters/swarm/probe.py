"""Waiting for a front to answer: the engine calls it running as soon as its process is there."""

from __future__ import annotations

import http.client
import time
from typing import Final
from urllib.parse import urlsplit

from mlspec.domain.service import VERSION

PATIENCE: Final = 5.0
"""Seconds; whoever deploys need not be able to reach what is deployed, so that this is no failure."""

PASSED_ON: Final = 3.0
"""Seconds in which a front hears of what shares the requests out, and has seen that it is well"""

UNAVAILABLE: Final = 503


def await_answer(endpoint: str, patience: float = PATIENCE) -> bool:
    """Whether something behind the front answers, by now or soon."""
    deadline = time.monotonic() + patience
    while not _answers(endpoint, patience):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def await_version(endpoint: str, version: str, patience: float = PASSED_ON) -> bool:
    """Whether who asks for a version is answered by it, by now or soon; servers of one's own need not tell."""
    deadline = time.monotonic() + patience
    while _version(endpoint, version, patience) != version:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _version(endpoint: str, version: str, seconds: float) -> str:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=seconds)
    try:
        connection.request("GET", "/", headers={"Connection": "close", VERSION: version})
        return connection.getresponse().getheader(VERSION, "")
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def _answers(endpoint: str, seconds: float) -> bool:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=seconds)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        return connection.getresponse().status != UNAVAILABLE
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
