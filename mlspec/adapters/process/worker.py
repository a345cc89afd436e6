"""One worker process and the private channel to it: it reports when it is ready, and is told to serve or to drain."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from asyncio.subprocess import DEVNULL, Process

from mlspec.adapters.process.journal import Journal
from mlspec.adapters.process.order import Order

GRACE = 5.0
"""Seconds beyond the drain deadline before a worker is killed."""


class NotReady(Exception):
    """A worker ended, failed or stayed silent before it was ready."""


class Worker:
    """A started process. It holds the listener from the start, but accepts only once it is told to serve."""

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = process.pid
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, order: Order, listener: socket.socket, journal: Journal) -> Worker:
        """Start the process; NotReady where its program can't be run."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                *order.command(listener.fileno(), theirs.fileno()),
                stdin=DEVNULL,
                stdout=journal.fileno(),
                stderr=journal.fileno(),
                env=order.launch.environ,
                pass_fds=(listener.fileno(), theirs.fileno()),
            )
        except BaseException as problem:
            ours.close()
            if isinstance(problem, OSError):
                raise NotReady(f"can't start {order.launch.worker[0]}: {problem.strerror}") from problem
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer)

    async def ready(self, seconds: float) -> None:
        """Wait for its word that the model is loaded; NotReady otherwise."""
        try:
            async with asyncio.timeout(seconds):
                event = await self._event()
        except TimeoutError:
            raise NotReady(f"not ready after {seconds:g} s") from None
        if event.get("event") != "ready":
            raise NotReady(str(event.get("message", "failed to load")))

    async def _event(self) -> dict[str, object]:
        try:
            line = await self._reader.readline()
            if line:
                event: dict[str, object] = json.loads(line)
                return event
        except (OSError, ValueError) as problem:
            raise NotReady(f"its control channel broke: {problem}") from problem
        raise NotReady(describe(await self._process.wait()))

    def serve(self) -> None:
        """Let it accept connections."""
        self._tell("serve")

    async def leave(self, seconds: float) -> None:
        """Lame duck: it stops accepting and ends with its last connection, or is killed at the deadline."""
        self._tell("drain")
        try:
            async with asyncio.timeout(seconds + GRACE):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        self._writer.close()

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._writer.close()

    async def ended(self) -> str:
        """Wait until it ends by itself; how it ended."""
        status = await self._process.wait()
        self._writer.close()
        return describe(status)

    def _tell(self, command: str) -> None:
        self._writer.write(json.dumps({"command": command}).encode() + b"\n")


def describe(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
