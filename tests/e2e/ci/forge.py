"""Stand-ins for forges on loopback: git over HTTP for one repository, and the API's comments and pull requests."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_for-this-run-only"
BOT = "github-actions[bot]"
REPOSITORY = "acme/shop"
API = "api.github.localhost"
_COMMENTS = re.compile(rf"/repos/{REPOSITORY}/issues/(\d+)/comments")
_COMMENT = re.compile(rf"/repos/{REPOSITORY}/issues/comments/(\d+)")
_PULLS = f"/repos/{REPOSITORY}/pulls"
_ONE_PULL = re.compile(rf"{_PULLS}/(\d+)")


class Known(Protocol):
    """What a stand-in knows and answers."""

    repositories: Path
    pushes: int
    port: int

    def permits(self, secret: str, what: str) -> bool:
        """Whether somebody with this secret may do it: `api`, `read` or `push`."""
        ...

    def respond(self, method: str, path: str, body: bytes) -> tuple[HTTPStatus, Any, dict[str, str]]:
        """One request to the API: its status, what is said as JSON, and headers."""
        ...


@dataclass
class Forge:
    """GitHub: a folder with bare repositories, and what was said on pull requests."""

    repositories: Path
    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """method and path of each request to the API"""
    next: str = ""
    """the page after the one that was asked for last"""
    pushes: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        """Where git finds repositories: `URL/owner/name`."""
        return f"http://127.0.0.1:{self.port}"

    def comment(self, number: int, body: str, login: str = BOT) -> dict[str, Any]:
        """Somebody says something on a pull request."""
        said = {"id": len(self.comments) + 1, "issue": number, "user": {"login": login}, "body": body}
        self.comments.append(said)
        return said

    def by_bot(self, number: int = 1) -> list[str]:
        """What the bot's comments on a pull request say."""
        return [said["body"] for said in self.comments if said["issue"] == number and said["user"]["login"] == BOT]

    def permits(self, secret: str, what: str) -> bool:
        """See Known: repositories are private, and there is one token."""
        del what
        return secret == TOKEN

    def respond(self, method: str, path: str, body: bytes) -> tuple[HTTPStatus, Any, dict[str, str]]:
        """See Known."""
        status, found = self.answer(method, path.removeprefix(f"http://{API}"), json.loads(body) if body else None)
        return status, found, {"Link": f'{self.next}; rel="next"'} if self.next else {}

    def answer(self, method: str, path: str, data: Any) -> tuple[HTTPStatus, Any]:
        """One request to the API."""
        found = urlsplit(path)
        self.next = ""
        self.calls.append(f"{method} {found.path}")
        if (on := _COMMENTS.fullmatch(found.path)) and method == "GET":
            asked = parse_qs(found.query)
            page, size = int(asked.get("page", ["1"])[0]), int(asked.get("per_page", ["30"])[0])
            said = [item for item in self.comments if item["issue"] == int(on[1])]
            self.next = f"<http://{API}{found.path}?per_page={size}&page={page + 1}>" if len(said) > page * size else ""
            return HTTPStatus.OK, said[(page - 1) * size : page * size]
        if on and method == "POST":
            return HTTPStatus.CREATED, self.comment(int(on[1]), data["body"])
        if (one := _COMMENT.fullmatch(found.path)) and method == "PATCH":
            said = self.comments[int(one[1]) - 1]
            return HTTPStatus.OK, said | {"body": said.update(body=data["body"]) or data["body"]}
        return self._pulls(method, found.path, found.query, data)

    def _pulls(self, method: str, path: str, query: str, data: Any) -> tuple[HTTPStatus, Any]:
        if path == _PULLS and method == "GET":
            head = parse_qs(query)["head"][0].partition(":")[2]
            return HTTPStatus.OK, [item for item in self.pulls if item["head"] == head]
        if path == _PULLS and method == "POST":
            self.pulls.append(data | {"number": len(self.pulls) + 100})
            return HTTPStatus.CREATED, self.pulls[-1]
        if (one := _ONE_PULL.fullmatch(path)) and method == "PATCH":
            pull = next(item for item in self.pulls if item["number"] == int(one[1]))
            pull |= data
            return HTTPStatus.OK, pull
        return HTTPStatus.NOT_FOUND, {"message": f"no {method} {path} here"}


@contextmanager
def forge(repositories: Path) -> Iterator[Forge]:
    """GitHub, while the context lasts."""
    state = Forge(repositories)
    with serving(state):
        yield state


@contextmanager
def serving(state: Known) -> Iterator[None]:
    """A forge that answers while the context lasts."""

    class Handler(_Handler):
        known = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Requests to GitHub's API come through this as a proxy, with a whole URL; those for git with a path."""

    known: Known

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """See `_serve`."""
        self._serve()

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - http.server's names

    def _serve(self) -> None:
        """Nobody gets in without a token that may."""
        body = self._body()
        api = self.path.startswith(("http://", "/api/"))
        what = "api" if api else "push" if "git-receive-pack" in self.path else "read"
        if not self.known.permits(self._secret(), what):
            self._reply(HTTPStatus.UNAUTHORIZED, b"", {"WWW-Authenticate": 'Basic realm="git"'})
        elif api:
            status, found, more = self.known.respond(self.command, self.path, body)
            self._reply(status, json.dumps(found).encode(), {"Content-Type": "application/json", **more})
        else:
            self._git(body)

    def _secret(self) -> str:
        how, _, secret = self.headers.get("Authorization", "").partition(" ")
        if how.lower() == "basic":
            secret = base64.b64decode(secret).decode().partition(":")[2]
        return secret or str(self.headers.get("PRIVATE-TOKEN", ""))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _git(self, body: bytes) -> None:
        """`git http-backend` is git's own server; it speaks CGI."""
        path, _, query = self.path.partition("?")
        self.known.pushes += self.command == "POST" and path.endswith("git-receive-pack")
        environ = os.environ | {
            "GIT_PROJECT_ROOT": str(self.known.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_USER": "x-access-token",
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self._reply(HTTPStatus(int(headers.pop("Status", "200").split(" ")[0])), content, headers)

    def _reply(self, status: HTTPStatus, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
