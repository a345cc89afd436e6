"""A trial: a worker of this process alone, on a port of its own, beside what a supervisor runs.

It hangs on its control socket: when whoever started it dies, it leaves by itself.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Any, Final

from mlspec.adapters.process.listener import listen
from mlspec.adapters.process.order import Order
from mlspec.adapters.process.worker import GRACE, NotReady, describe
from mlspec.domain.drift import MONITORING

_LINES: Final = 20


@contextmanager
def trial(order: Order, lines: list[str]) -> Iterator[str]:
    """The URL of a worker that runs the order while the context lasts; NotReady, its last words in `lines`.

    It counts and keeps nothing: what is sent to it is no traffic.
    """
    serve = {name: value for name, value in order.serve.items() if not name.startswith(MONITORING)}
    order = replace(order, serve=serve)
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as log, listen(order.host, 0) as listener, ours:
        with theirs:
            process = _started(order, listener, theirs, log)
        try:
            ours.settimeout(order.launch.ready)
            _await(process, ours)
            yield f"http://{order.host}:{listener.getsockname()[1]}"
        except NotReady:
            process.kill()
            process.wait()
            lines += _last(log)
            raise
        finally:
            _end(process, ours, order.launch.drain)


def _started(order: Order, listener: socket.socket, control: socket.socket, log: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            order.command(listener.fileno(), control.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=order.launch.environ,
            cwd=tempfile.gettempdir(),
            pass_fds=(listener.fileno(), control.fileno()),
        )
    except OSError as problem:
        raise NotReady(f"can't start {order.launch.worker[0]}: {problem.strerror}") from problem


def _await(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    """Wait for its word that the model is loaded, and let it accept."""
    try:
        with control.makefile("rb") as words:
            event: dict[str, Any] = json.loads(words.readline() or b"{}")
        if event.get("event") == "ready":
            control.sendall(b'{"command": "serve"}\n')
            return
    except TimeoutError:
        raise NotReady(f"not ready after {control.gettimeout():g} s") from None
    except (OSError, ValueError) as problem:
        raise NotReady(f"its control channel broke: {problem}") from problem
    raise NotReady(str(event.get("message") or describe(process.wait(GRACE))))


def _end(process: subprocess.Popen[bytes], control: socket.socket, drain: float) -> None:
    """The end of the control channel has it leave; one that does not is killed."""
    control.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(drain + GRACE)
    process.kill()
    process.wait()


def _last(log: IO[bytes]) -> list[str]:
    log.seek(0)
    return log.read().decode(errors="replace").splitlines()[-_LINES:]
