"""A model bundle behind mlspec's own server: a child process on loopback that ends with this one."""

from __future__ import annotations

import http.client
import json
import math
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from mlspec.errors import MlspecError
from mlspec.steps.params import Params
from mlspec.steps.signature import Signature
from mlspec.steps.table import TEXT, Table

VERSION: Final = "v0.0.0"
"""What the server calls a candidate, which has no version yet."""
_READY: Final = 120.0
_LEAVE: Final = 5.0
_LARGEST: Final = 1 << 19
"""bytes of one request, half of what a server takes"""
_MOST: Final = 500
_HEADERS: Final = {"content-type": "application/json"}

Port = int


@contextmanager
def serving(params: Params, folder: Path) -> Iterator[Port]:
    """Serve a bundle; the port of 127.0.0.1. MlspecError with the server's own words where it does not start.

    The server is started as the process target starts it: it holds one end of a socket pair and leaves when the other
    end is gone, so that no death of this process leaves it behind.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    ours, theirs = socket.socketpair()
    with listener, ours, theirs:
        child = _start(params, folder, listener, theirs)
        theirs.close()
        try:
            _wait(ours)
            yield listener.getsockname()[1]
        finally:
            _end(child)


def request_bodies(table: Table, signature: Signature) -> list[bytes]:
    """Each test row as the body of a request."""
    return [to_json({"rows": [row]}) for row in request_rows(table, signature)]


def request_rows(table: Table, signature: Signature) -> list[dict[str, Any]]:
    """The rows as clients write them, in JSON's own types; a missing number is null."""
    columns = {each.name: [_plain(value, each.type) for value in table.frame[each.name]] for each in signature.sent}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows in parts that one request may hold."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        more = len(to_json(row)) + 2
        if part and (len(part) >= _MOST or size + more > _LARGEST):
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    if part:
        yield part


def post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """The answer to POST /predict; MlspecError with the server's words where it refuses."""
    connection.request("POST", "/predict", body, _HEADERS)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != http.client.OK:
        said = content.decode(errors="replace")[:300]
        raise MlspecError(f"the server refuses a row of the test data: {answer.status} {said}")
    return content


def _start(params: Params, folder: Path, listener: socket.socket, line: socket.socket) -> subprocess.Popen[bytes]:
    trust = [word for name in params.training.trust for word in ("--trust", name)]
    python = os.environ.get("MLSPEC_SERVER", sys.executable)
    argv = [python, "-P", "-m", "mlspec.serving", "--bundle", str(folder), "--name", params.model]
    ends = ["--fd", str(listener.fileno()), "--control-fd", str(line.fileno())]
    return subprocess.Popen(
        [*argv, "--version", VERSION, *trust, *ends],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(listener.fileno(), line.fileno()),
    )


def _wait(line: socket.socket) -> None:
    line.settimeout(_READY)
    try:
        event = json.loads(line.makefile().readline() or "{}")
    except (TimeoutError, ValueError):
        event = {}
    if event.get("event") != "ready":
        said = str(event.get("message", f"not ready after {_READY:g} s"))
        raise MlspecError(f"the model can't be served: {said}", hint="see serving.trust and training.environment")
    line.sendall(b'{"command": "serve"}\n')


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=_LEAVE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _plain(value: Any, kind: str) -> Any:
    if kind in TEXT:
        return str(value)
    if math.isnan(value):
        return None
    return {"integer": int, "boolean": bool}.get(kind, float)(value)


def to_json(value: Any) -> bytes:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
