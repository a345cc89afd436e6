"""One request to a model's server on this machine, its refusals as errors."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Final

from mlspec.errors import MlspecError

TIMEOUT: Final = 30.0
"""Seconds without a byte"""


def call(url: str, body: bytes | None = None, *, timeout: float = TIMEOUT) -> bytes:
    """GET, or POST a JSON body; the answer, or MlspecError with what the server says. No proxy is asked."""
    # A proxy's settings are for the way out, and this never leaves the machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 - an http endpoint
    try:
        with opener.open(request, timeout=timeout) as response:
            found: bytes = response.read()
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except TimeoutError as error:
        raise MlspecError(f"the server did not answer within {timeout:g} s", where=url) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        hint = "mlspec reconcile restarts what is broken"
        raise MlspecError(f"the server does not answer: {reason}", hint=hint, where=url) from error


def _refused(error: urllib.error.HTTPError) -> MlspecError:
    """The server's own words; where they are not in its shape, its status."""
    try:
        message = str(json.loads(error.read())["error"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        message = f"the server answered {error.code} {error.reason}"
    hints = {413: "send fewer rows at a time", 503: "it is about to stop; try again"}
    return MlspecError(message, hint=hints.get(error.code, ""))
