"""One request: answers, refusals, silence; and no proxy on the way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlspec.cli.call import call
from mlspec.errors import MlspecError


class Handler(BaseHTTPRequestHandler):
    """Answers by the path: a status and a body, or nothing at all."""

    ANSWERS = {  # noqa: RUF012 - a table
        "/ok": (200, b'{"fine": true}'),
        "/refused": (400, b'{"error": "row 0: unknown column \\"x\\""}'),
        "/large": (413, b'{"error": "too much"}'),
        "/odd": (502, b"<html>"),
    }

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/silent":
            self.close_connection = True
            return
        status, answer = (200, body) if self.path == "/echo" else self.ANSWERS[self.path]
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


def test_the_answer_is_what_the_server_sent(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert call(f"{server}/echo", b"\xc3\xa4") == b"\xc3\xa4"


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("/refused", 'row 0: unknown column "x"', ""),
        ("/large", "too much", "fewer rows"),
        ("/odd", "the server answered 502 Bad Gateway", ""),
        ("/silent", "does not answer", "mlspec reconcile"),
    ],
)
def test_what_goes_wrong_is_said(server: str, path: str, message: str, hint: str) -> None:
    with pytest.raises(MlspecError) as caught:
        call(server + path, b"{}")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(MlspecError, match="does not answer"):
            call(f"http://127.0.0.1:{unused.getsockname()[1]}/ok")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(MlspecError, match=r"within 0\.1 s"):
        call(f"http://127.0.0.1:{mute.getsockname()[1]}/ok", timeout=0.1)
