"""Deliveries to a real HTTP server and to real commands; no secret in any error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlspec.adapters.delivery import RealDeliveries
from mlspec.domain.notice import Channel, Condition, Delivery, Notice
from mlspec.errors import MlspecError
from mlspec.kinds.notify import NotifyKind
from mlspec.kinds.registry import discover

NOTICE = Notice(Condition.DRIFT, "wine", "production", "hue: psi 2.88")
KINDS = discover("mlspec.kinds.notify", NotifyKind)


class Inbox(ThreadingHTTPServer):
    """Keeps what it is sent: method, path, headers, body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, str, dict[str, str], Any]] = []
        self.status, self.answer = 200, b"ok"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Inbox)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    do_PATCH = do_POST  # noqa: N815 - as the base wants it

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    server = Inbox()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_gets_slack_s_json(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK", f"{inbox.url}/services/secret\n")
    channel = Channel("ops", "webhook", ("drift",), url="SLACK")
    assert RealDeliveries(".").send(KINDS["webhook"].raised(channel, NOTICE)) == ""
    ((method, path, headers, body),) = inbox.got
    assert (method, path, headers["Content-Type"]) == ("POST", "/services/secret", "application/json")
    assert body == {"text": "*wine → production: drift*\nhue: psi 2.88"}


def test_an_issue_is_opened_and_closed(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"GITHUB_API_URL": inbox.url, "GITHUB_REPOSITORY": "ada/shop", "GITHUB_TOKEN": "t0ken"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    inbox.status, inbox.answer = 201, json.dumps({"url": f"{inbox.url}/repos/ada/shop/issues/7"}).encode()
    channel = Channel("bugs", "github-issue", ("drift",))
    receipt = RealDeliveries(".").send(KINDS["github-issue"].raised(channel, NOTICE))
    last = KINDS["github-issue"].over(channel, NOTICE, receipt)
    assert last is not None
    RealDeliveries(".").send(last)
    opened, closed = inbox.got
    assert opened[:2] == ("POST", "/repos/ada/shop/issues")
    assert opened[2]["Authorization"] == "Bearer t0ken"
    assert closed[:2] == ("PATCH", "/repos/ada/shop/issues/7")
    assert closed[3]["state"] == "closed"


@pytest.mark.parametrize(
    "receipt",
    [
        "http://127.0.0.1:9/evil",
        "http://127.0.0.1:9/${AWS_SECRET_ACCESS_KEY}",
        "${GITHUB_TOKEN}",
        "https://api.github.com/repos/ada/shop/issues/${GITHUB_TOKEN}",
        "https://api.github.com/repos/ada/shop/issues/7/comments",
        "https://api.github.com/repos/ada/shop/issues/7\n",
        "",
    ],
)
def test_a_receipt_that_is_no_issue_s_address_is_not_followed(receipt: str) -> None:
    assert KINDS["github-issue"].over(Channel("bugs", "github-issue", ("drift",)), NOTICE, receipt) is None


def test_the_token_goes_to_the_api_alone_wherever_a_receipt_points(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"GITHUB_API_URL": inbox.url, "GITHUB_REPOSITORY": "ada/shop", "GITHUB_TOKEN": "t0ken"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    channel = Channel("bugs", "github-issue", ("drift",))
    forged = KINDS["github-issue"].over(channel, NOTICE, "http://127.0.0.1:9/${HOME}/repos/eve/hers/issues/7")
    assert forged is not None
    RealDeliveries(".").send(forged)
    assert [request[:2] for request in inbox.got] == [("PATCH", "/repos/ada/shop/issues/7")]


def test_an_issue_in_a_repository_that_the_channel_left_is_left_alone() -> None:
    channel = Channel("bugs", "github-issue", ("drift",), repository="ada/Issues")
    kind, api = KINDS["github-issue"], "https://api.github.com/repos"
    assert kind.over(channel, NOTICE, f"{api}/ada/shop/issues/7") is None
    last = kind.over(channel, NOTICE, f"{api}/ada/issues/issues/7")
    assert last is not None
    assert last.url == "${GITHUB_API_URL}/repos/ada/Issues/issues/7"


def test_a_command_gets_the_notice(tmp_path: Path) -> None:
    channel = Channel("page", "command", ("drift",), command="cat > told.json")
    RealDeliveries(str(tmp_path)).send(KINDS["command"].raised(channel, NOTICE))
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["condition"], told["over"], told["message"]) == ("drift", False, "hue: psi 2.88")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_says_no_secret(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("SLACK", f"{inbox.url}/services/secret")
    inbox.status = status
    with pytest.raises(MlspecError, match=f"answered {status}") as caught:
        RealDeliveries(".").send(Delivery({}, url="${SLACK}"))
    assert "secret" not in str(caught.value)


def test_nobody_there_and_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK", "http://127.0.0.1:9/secret")
    with pytest.raises(MlspecError, match="was not answered") as caught:
        RealDeliveries(".").send(Delivery({}, url="${SLACK}"))
    assert "secret" not in str(caught.value)
    monkeypatch.delenv("SLACK")
    with pytest.raises(MlspecError, match="the environment has no SLACK"):
        RealDeliveries(".").send(Delivery({}, url="${SLACK}"))
    monkeypatch.setenv("SLACK", "file:///etc/passwd")
    with pytest.raises(MlspecError, match="its address is no URL"):
        RealDeliveries(".").send(Delivery({}, url="${SLACK}"))


def test_a_command_that_fails_says_how(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="status 3") as caught:
        RealDeliveries(str(tmp_path)).send(Delivery({}, command="echo no pager >&2; exit 3"))
    assert caught.value.details == ("no pager",)
