"""The server as a process: its handshake, odd clients, and a hand-over that loses no request."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest
from fakes import bundles
from fakes.processes import eventually

ROOT = Path(__file__).parent.parent.parent
START = 60  # seconds; importing scikit-learn takes several on a busy machine
ROW = {"x": 2, "flag": True}
BODY = b'{"x": 2, "flag": true}'
HEAD = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n"


class Worker:
    """A server process with its end of the control line."""

    def __init__(self, bundle: Path, listener: socket.socket, *options: str) -> None:
        self.line, theirs = socket.socketpair()
        self.line.settimeout(START)
        self._lines = self.line.makefile("r")
        command = [sys.executable, "-m", "mlspec.serving", "--bundle", str(bundle), "--name", "line"]
        command += ["--version", "v1.0.0", "--fd", str(listener.fileno()), "--control-fd", str(theirs.fileno())]
        fds = (listener.fileno(), theirs.fileno())
        self.process = subprocess.Popen([*command, *options], pass_fds=fds, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        theirs.close()

    def event(self) -> dict[str, str]:
        """The next event that it reports."""
        document: dict[str, str] = json.loads(self._lines.readline())
        return document

    def tell(self, command: str) -> None:
        """Send a command."""
        self.line.sendall(json.dumps({"command": command}).encode() + b"\n")

    def serve(self) -> None:
        """Wait until it is ready and let it serve."""
        assert self.event() == {"event": "ready"}
        self.tell("serve")

    def end(self) -> tuple[int, str]:
        """Its exit status and log, once it has ended by itself."""
        _, log = self.process.communicate(timeout=START)
        return self.process.returncode, log

    def close(self) -> None:
        """Leave nothing behind."""
        self._lines.close()
        self.line.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


Start = Callable[..., Worker]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that answers 2x + 1."""
    return bundles.write_line(tmp_path_factory.mktemp("server") / "line")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket, as the supervisor owns it."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server


@pytest.fixture
def url(listener: socket.socket) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def start(bundle: Path, listener: socket.socket) -> Iterator[Start]:
    """`start("--drain", "1")` starts a worker on the shared listener."""
    workers: list[Worker] = []

    def make(*options: str, folder: Path = bundle) -> Worker:
        workers.append(Worker(folder, listener, *options))
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


class Load:
    """Clients that ask without a pause; `failures` are their exceptions and every answer that is not 200."""

    def __init__(self, url: str, clients: int = 4, fresh: int = 1) -> None:
        self.requests = 0
        self.failures: list[str] = []
        self._url = url
        self._stop = threading.Event()
        kept = [threading.Thread(target=self._keep_asking) for _ in range(clients)]
        self._threads = kept + [threading.Thread(target=self._ask_anew) for _ in range(fresh)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep_asking(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._stop.is_set():
                self._ask(client)

    def _ask_anew(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60, headers={"connection": "close"}) as client:
            while not self._stop.is_set():
                self._ask(client)

    def _ask(self, client: httpx.Client) -> None:
        try:
            response = client.post("/predict", json=ROW)
            if response.status_code != 200 or response.json()["predictions"] != pytest.approx([5]):
                self.failures.append(response.text)
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
        self.requests += 1


def test_hand_over_loses_no_request(start: Start, url: str) -> None:
    """Three workers in turn, told to leave in three ways: a command, a signal, the end of the supervisor."""
    worker = start()
    worker.serve()
    leave = [lambda: worker.tell("drain"), lambda: worker.process.send_signal(signal.SIGTERM)]
    with Load(url) as load:
        for go in leave:
            following = start()
            following.serve()
            time.sleep(0.2)
            go()
            assert_left(worker)
            worker = following
        time.sleep(0.2)
    assert load.failures == []
    assert load.requests > 100
    worker.line.shutdown(socket.SHUT_RDWR)
    assert_left(worker)


def assert_left(worker: Worker) -> None:
    """It ended well, and no client was left behind."""
    status, log = worker.end()
    assert status == 0, log
    assert "leaving, 0 connections left" in log


def test_one_life_on_a_port(bundle: Path) -> None:
    """Without a supervisor: serve, meet odd clients, drain with one at work and one idle, leave at the deadline."""
    command = [sys.executable, "-m", "mlspec.serving", "--bundle", str(bundle), "--name", "line", "--version", "v1.0.0"]
    command += ["--port", "0", "--drain", "5", "--max-body", "1000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            assert "serving on http://127.0.0.1:" in first
            port = int(first.rsplit(":", 1)[1])
            drain(process, port)
            assert "leaving, 1 connections left" in process.stderr.read()
            assert process.wait(START) == 0
        finally:
            process.kill()


def drain(process: subprocess.Popen[str], port: int) -> None:
    """All that happens between start and end."""
    address = ("127.0.0.1", port)
    url = f"http://127.0.0.1:{port}"
    with socket.create_connection(address) as idle, socket.create_connection(address, timeout=60) as busy:
        with httpx.Client(base_url=url, timeout=60) as client:
            check_answers(client)
            busy.sendall(HEAD + BODY[:5])
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            eventually(lambda: not listens(address))
            assert client.get("/v2/health/ready").headers["connection"] == "close"
            with pytest.raises(httpx.ConnectError):
                client.get("/v2/health/live")
        busy.sendall(BODY[5:])
        answer = busy.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer
        assert idle.recv(1) == b""


def listens(address: tuple[str, int]) -> bool:
    """Whether it takes connections."""
    try:
        socket.create_connection(address, timeout=60).close()
    except ConnectionRefusedError:
        return False
    return True


def check_answers(client: httpx.Client) -> None:
    """Good and bad requests on one connection that stays open."""
    took = []
    for _ in range(5):
        started = time.monotonic()
        for _ in range(20):
            answer = client.post("/predict", json={"rows": [ROW, ROW]})
            assert answer.json()["predictions"] == pytest.approx([5, 5])
            assert answer.headers["mlspec-version"] == "v1.0.0"
            assert "connection" not in answer.headers
        took.append(time.monotonic() - started)
    assert min(took) < 0.6, "40 ms a request: TCP_NODELAY is missing"
    too_large = client.post("/predict", content=iter([b" " * 600] * 2), headers={"content-type": "application/json"})
    assert too_large.status_code == 413
    assert client.get("/v2/health/ready").json() == {"live": True, "ready": True}


def test_a_bundle_that_cannot_be_served(start: Start, tmp_path: Path) -> None:
    worker = start(folder=tmp_path / "none")
    wanted = {"event": "failed", "message": "cannot read signature.json: No such file or directory"}
    assert worker.event() == wanted
    status, log = worker.end()
    assert status == 1
    assert len(log.splitlines()) == 1
    assert wanted["message"] in log
