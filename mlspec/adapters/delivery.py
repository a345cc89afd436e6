"""Deliveries: requests over HTTP, and commands of the user's own. What is secret comes from the environment."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from typing import Final

from mlspec.domain.notice import Delivery
from mlspec.errors import MlspecError

TIMEOUT: Final = 20.0
"""Seconds without a byte, and for a command to end."""
_NAME: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DEFAULTS: Final = {"GITHUB_API_URL": "https://api.github.com"}


class RealDeliveries:
    """See Deliveries. Commands run in `root`."""

    def __init__(self, root: str) -> None:
        self._root = root

    def send(self, delivery: Delivery) -> str:
        """See Deliveries."""
        return self._run(delivery) if delivery.command else _post(delivery)

    def _run(self, delivery: Delivery) -> str:
        try:
            done = subprocess.run(  # noqa: S602 - the user's own command
                delivery.command,
                shell=True,
                cwd=self._root,
                input=json.dumps(delivery.body),
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise MlspecError(f"the command did not end within {TIMEOUT:g} s") from error
        if done.returncode:
            lines = tuple(done.stderr.strip().splitlines()[-5:])
            raise MlspecError(f"the command ended with status {done.returncode}", details=lines)
        return ""


def _post(delivery: Delivery) -> str:
    """Neither the address nor a header is ever part of an error: both may be secrets."""
    headers = {name: _filled(value) for name, value in delivery.headers.items()}
    headers |= {"Content-Type": "application/json", "User-Agent": "mlspec"}
    url = _filled(delivery.url)
    if not url.startswith(("https://", "http://")):
        raise MlspecError("its address is no URL", hint=f"see the environment variable in {delivery.url}")
    data = json.dumps(delivery.body).encode()
    request = urllib.request.Request(url, data, headers, method=delivery.method)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - checked above
            return _receipt(delivery, response.read(1 << 20))
    except urllib.error.HTTPError as error:
        with error:
            raise MlspecError(f"it was answered {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MlspecError(f"it was not answered: {type(error).__name__}") from None


def _receipt(delivery: Delivery, answer: bytes) -> str:
    if not delivery.receipt:
        return ""
    try:
        return str(json.loads(answer)[delivery.receipt])
    except (ValueError, KeyError, TypeError):
        return ""


def _filled(text: str) -> str:
    """With the environment's values; MlspecError names what is not there."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        given = os.environ.get(name) or _DEFAULTS.get(name)
        if not given:
            raise MlspecError(f"the environment has no {name}", hint="CI's secrets have to be handed to the job")
        return given.strip()

    return _NAME.sub(value, text)
