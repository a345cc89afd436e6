"""Rows are sent to a server one by one, and whatever it answers is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlspec.adapters.asking import answers
from mlspec.domain.replay import Answer


class _Handler(BaseHTTPRequestHandler):
    """A row says what shall be answered."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        (row,) = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
        if row["status"] == 0:
            self.close_connection = True
            return
        body = row["body"].encode()
        self.send_response(row["status"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_each_row_has_its_answer_also_after_one_that_has_none(endpoint: str) -> None:
    said = [
        (200, '{"predictions": [1.5]}'),
        (400, '{"error": "no column b"}'),
        (0, ""),
        (200, "not JSON"),
        (200, '{"predictions": [1, 2]}'),
        (200, '{"predictions": [null]}'),
    ]
    found = list(answers(endpoint, [{"status": status, "body": body} for status, body in said], 10))
    assert found[0] == Answer(1.5)
    assert found[1].error == '400: {"error": "no column b"}'
    assert found[2].error.startswith("no answer: ")
    assert [found[index].error for index in (3, 4)] == ['an answer without one value in "predictions"'] * 2
    assert found[5] == Answer(None)


def test_where_nobody_listens_every_row_says_so() -> None:
    found = list(answers("http://127.0.0.1:1", [{}, {}], 1))
    assert all(each.error.startswith("no answer: ") for each in found)
