"""The supervisor's program: `python -m mlspec.adapters.process.supervisor FOLDER`, detached, one for each place.

It returns once the control socket of the folder answers; what goes on in the background is told through that socket.
Standard library only, so that it starts fast and stays small.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, Final

from mlspec.adapters.process.order import Order, Refused
from mlspec.adapters.process.supervision import Supervision

LINE: Final = 4 << 20
"""Bytes of one request at most."""
IDLE: Final = 10.0
"""Seconds that a supervisor with nothing to run waits for an order."""
PATIENCE: Final = 30.0
"""Seconds to wait for a former supervisor that is about to end."""
SOCKET: Final = Path("control.sock")


def claim(path: Path, patience: float) -> int:
    """Take the lock that a supervisor holds all its life; the kernel lets go of it. SystemExit when it is taken."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                sys.exit("another supervisor is here")
            time.sleep(0.02)
        else:
            return lock


def open_control() -> socket.socket:
    """The control socket, in the current folder (its full path might be too long for a Unix socket)."""
    SOCKET.unlink(missing_ok=True)  # under the lock: whoever made it is dead
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.bind(str(SOCKET))
    control.listen(128)
    return control


class Control:
    """Answers requests: one JSON line each, `{"command": "status" | "swap" | "scale" | "stop", …}`."""

    def __init__(self, supervision: Supervision) -> None:
        self._supervision = supervision

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            await self._obey(json.loads(line))
        except Refused as refusal:
            self._supervision.end_if_idle()
            return {"refused": refusal.kind, "message": refusal.message, "lines": refusal.lines}
        except (KeyError, TypeError, ValueError) as problem:
            return {"refused": "request", "message": f"not understood: {problem!r}", "lines": ()}
        return self._supervision.status()

    async def _obey(self, request: dict[str, Any]) -> None:
        match request["command"]:
            case "status":
                pass
            case "swap":
                await self._supervision.swap(Order.from_json(request["order"]))
            case "scale":
                await self._supervision.scale(int(request["replicas"]), dict(request["serve"]))
            case "stop":
                await self._supervision.stop()
            case other:
                raise ValueError(other)


async def supervise(control: socket.socket) -> None:
    """Serve the control socket until there is nothing to look after any more."""
    supervision = Supervision()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await asyncio.start_unix_server(Control(supervision).converse, sock=control, limit=LINE)
    ending = [asyncio.create_task(task) for task in (supervision.over.wait(), stop.wait(), _tend(supervision))]
    await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
    if not supervision.over.is_set():
        await supervision.stop()
    server.close()
    await asyncio.sleep(0)  # a client that waits for the last answer gets it


async def _tend(supervision: Supervision) -> None:
    """Ends when no order came in time."""
    await asyncio.sleep(IDLE)
    while not supervision.idle:
        supervision.tend()
        await asyncio.sleep(IDLE)


def main() -> None:
    """Claim the folder, open its control socket, and go on in the background."""
    os.umask(0o077)
    os.chdir(sys.argv[1])
    claim(Path("supervisor.lock"), PATIENCE)
    control = open_control()
    if os.fork():
        os._exit(0)  # the caller knows now that the socket answers
    asyncio.run(supervise(control))
    SOCKET.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
