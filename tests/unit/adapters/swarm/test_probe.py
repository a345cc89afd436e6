"""Waiting for a front's first answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fakes.engine import free_port

from mlspec.adapters.swarm.probe import await_answer, await_version


class Front(BaseHTTPRequestHandler):
    """Answers 503 as often as `unready` says, then 404: a server of one's own need not know the path."""

    unready = 0

    def do_GET(self) -> None:
        status = 503 if type(self).unready > 0 else 404
        type(self).unready -= 1
        self.send_response(status)
        self.send_header("mlspec-version", "v1.0.0" if status == 503 else self.headers.get("mlspec-version", ""))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_any_answer_of_a_server_will_do(endpoint: str) -> None:
    Front.unready = 3
    assert await_answer(endpoint, 60)
    assert Front.unready == -1


def test_a_front_without_servers_does_not_answer(endpoint: str) -> None:
    Front.unready = 1000
    assert not await_answer(endpoint, 0.3)


def test_what_can_not_be_reached_is_waited_for_and_no_error() -> None:
    assert not await_answer(f"http://127.0.0.1:{free_port()}", 0.3)


def test_a_version_is_waited_for_until_it_answers(endpoint: str) -> None:
    Front.unready = 3
    assert await_version(endpoint, "v1.1.0", 5)
    assert Front.unready == -1
    Front.unready = 1000
    assert not await_version(endpoint, "v1.1.0", 0.3)
    assert not await_version(f"http://127.0.0.1:{free_port()}", "v1.1.0", 0.3)
