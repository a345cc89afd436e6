"""Sending rows to a server, one by one as callers do, and reading what it answers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final
from urllib.parse import urlsplit

from mlspec.domain.digest import JSON
from mlspec.domain.replay import Answer

_SHOWN: Final = 200
"""Characters of a refusal that are told"""


def answers(endpoint: str, rows: Sequence[Mapping[str, JSON]], seconds: float) -> Iterator[Answer]:
    """POST /predict for each row; an answer without a prediction says why."""
    where = urlsplit(endpoint)
    with closing(http.client.HTTPConnection(where.hostname or "", where.port, timeout=seconds)) as connection:
        for row in rows:
            yield _answer(connection, json.dumps({"rows": [row]}).encode())


def _answer(connection: http.client.HTTPConnection, body: bytes) -> Answer:
    try:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()  # the next row begins anew
        return Answer(error=f"no answer: {str(error) or type(error).__name__}")
    if response.status != http.client.OK:
        return Answer(error=f"{response.status}: {content.decode(errors='replace')[:_SHOWN]}")
    try:
        (prediction,) = json.loads(content)["predictions"]
    except (KeyError, TypeError, ValueError):
        return Answer(error='an answer without one value in "predictions"')
    return Answer(prediction)
