"""Asking supervisors: the answer on a control socket is the only truth about what runs."""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mlspec.adapters.process.order import PROTOCOL, Refused

AT_ONCE: Final = 200
"""Open connections at most while many are asked; below any usual limit on open files."""

Answer = dict[str, Any]


class NotRunning(Exception):
    """Nobody listens there: no supervisor, or one that was just ending."""


class NoAnswer(Exception):
    """A supervisor is there but does not answer in time, or not in words that we know."""


def ask(folder: Path, request: Mapping[str, Any], seconds: float) -> Answer:
    """One request; NotRunning, NoAnswer, or Refused with the supervisor's own reason."""
    with _connect(folder) as connection:
        try:
            connection.settimeout(seconds)
            connection.sendall(_spelled(request))
            with connection.makefile("rb") as lines:
                return _understood(lines.readline())
        except TimeoutError as problem:
            raise NoAnswer(f"no answer after {seconds:g} s") from problem
        except (BrokenPipeError, ConnectionResetError) as problem:
            raise NotRunning from problem


def statuses(folders: Sequence[Path], seconds: float) -> Iterator[tuple[Path, Answer | NoAnswer]]:
    """The status of all that run, those asked together given so many seconds; what does not run is left out."""
    for start in range(0, len(folders), AT_ONCE):
        yield from _batch(folders[start : start + AT_ONCE], seconds)


def _batch(folders: Sequence[Path], seconds: float) -> Iterator[tuple[Path, Answer | NoAnswer]]:
    request = _spelled({"command": "status"})
    with selectors.DefaultSelector() as selector:
        for folder in folders:
            try:
                connection = _connect(folder)
                connection.send(request)
            except (NotRunning, BrokenPipeError, ConnectionResetError):
                continue
            except NoAnswer as silence:
                yield folder, silence
            else:
                selector.register(connection, selectors.EVENT_READ, _Half(folder))
        yield from _answers(selector, time.monotonic() + seconds)


class _Half:
    """An answer that may still be on its way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.received = bytearray()

    def whole(self, connection: socket.socket) -> bool:
        """Read what is there; whether that was all."""
        try:
            data = connection.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self.received += data
        return not data or data.endswith(b"\n")


def _answers(selector: selectors.BaseSelector, deadline: float) -> Iterator[tuple[Path, Answer | NoAnswer]]:
    while (waiting := selector.get_map()) and (rest := deadline - time.monotonic()) > 0:
        for key, _ in selector.select(rest):
            assert isinstance(key.fileobj, socket.socket)
            if key.data.whole(key.fileobj):
                selector.unregister(key.fileobj)
                key.fileobj.close()
                yield from _result(key.data)
    for key in list((waiting or {}).values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
        yield key.data.folder, NoAnswer("no answer in time")


def _result(half: _Half) -> Iterator[tuple[Path, Answer | NoAnswer]]:
    try:
        yield half.folder, _understood(bytes(half.received))
    except NoAnswer as problem:
        yield half.folder, problem
    except Refused as refusal:
        yield half.folder, NoAnswer(refusal.message)
    except NotRunning:
        return


def _understood(line: bytes) -> Answer:
    if not line.endswith(b"\n"):
        raise NotRunning
    try:
        answer: Answer = dict(json.loads(line))
    except (TypeError, ValueError) as problem:
        raise NoAnswer("an answer that is no JSON object") from problem
    if kind := answer.get("refused"):
        raise Refused(kind, answer["message"], tuple(answer["lines"]))
    if answer.get("protocol") != PROTOCOL:
        raise NoAnswer("started by another version of mlspec")
    return answer


def _spelled(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request).encode() + b"\n"


def _connect(folder: Path) -> socket.socket:
    """A connection, not blocking. The path goes by the folder's descriptor: Unix sockets allow 107 bytes only."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            connection.connect(f"/proc/self/fd/{handle}/control.sock")
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as problem:
        connection.close()
        raise NotRunning from problem
    except OSError as problem:  # a full queue, a missing permission
        connection.close()
        raise NoAnswer(f"can't ask: {problem.strerror}") from problem
    return connection
