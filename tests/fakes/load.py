"""Continuous requests while something else happens, each counted as answered or lost."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What came of the requests: `answers` by what `read` made of the body, `lost` with the reason."""

    path: str
    body: bytes | None = None
    answers: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    pause: float = 0.0
    """seconds between a client's requests, where the machine has other things to do too"""

    @property
    def count(self) -> int:
        """All requests."""
        return self.answers.total() + len(self.lost)

    def run(self, endpoint: str, stop: threading.Event, *, keep_alive: bool) -> None:
        """One client; a connection that the server has announced to close is opened anew, as clients do."""
        connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=20)
        headers = {"Content-Type": "application/json"} | ({} if keep_alive else {"Connection": "close"})
        while not stop.is_set():
            try:
                connection.request("POST" if self.body else "GET", self.path, body=self.body, headers=headers)
                response = connection.getresponse()
                text = response.read().decode()
            except (OSError, http.client.HTTPException) as problem:
                self.lost.append(repr(problem))
                connection.close()
            else:
                if response.status == 200:
                    self.answers[text] += 1
                else:
                    self.lost.append(f"{response.status}: {text}")
            stop.wait(self.pause)
        connection.close()


@contextmanager
def load(endpoint: str, what: Load, *, keep_alive: int, close: int) -> Iterator[Load]:
    """So many clients of both kinds, until the block ends."""
    stop = threading.Event()
    clients = [
        threading.Thread(target=what.run, args=(endpoint, stop), kwargs={"keep_alive": number < keep_alive})
        for number in range(keep_alive + close)
    ]
    for client in clients:
        client.start()
    try:
        yield what
    finally:
        stop.set()
        for client in clients:
            client.join()
