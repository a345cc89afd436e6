"""A worker's life: wait for the word to serve, serve, drain, leave."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import uvloop

from mlspec.serving.app import build_app
from mlspec.serving.control import commands
from mlspec.serving.server import LameDuckServer, build_server
from mlspec.serving.service import Service
from mlspec.serving.watch import keeping

logger = logging.getLogger("mlspec.serving")


def run_worker(service: Service, listener: socket.socket, line: socket.socket | None, drain: float) -> None:
    """Serve until told to drain by the control line, its end or a signal; `drain` is in seconds."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Worker(service, listener, drain).live(line))


class Worker:
    """One worker; `live` runs once."""

    def __init__(self, service: Service, listener: socket.socket, drain: float) -> None:
        self._service = service
        self._listener = listener
        self._drain = drain
        self._serve = asyncio.Event()
        self._leave = asyncio.Event()

    async def live(self, line: socket.socket | None) -> None:
        """The whole life."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave.set)
        if line is None:
            self._serve.set()
            await self._work()
            return
        follower = asyncio.create_task(self._follow(commands(line)))
        try:
            await self._work()
        finally:
            follower.cancel()

    async def _work(self) -> None:
        if not await self._told_to_serve():
            logger.info("told to leave before serving")
            return
        with ThreadPoolExecutor(1, "batch") as executor:
            version = ("mlspec-version", self._service.version)
            server = build_server(build_app(self._service, executor), [version])
            leaver = asyncio.create_task(self._leave_in_time(server))
            async with keeping(self._service.monitor, executor):
                await server.serve(sockets=[self._listener])
            await leaver

    async def _told_to_serve(self) -> bool:
        waiters = [asyncio.create_task(event.wait()) for event in (self._serve, self._leave)]
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        for waiter in waiters:
            waiter.cancel()
        return not self._leave.is_set()

    async def _leave_in_time(self, server: LameDuckServer) -> None:
        await self._leave.wait()
        while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.01)
        self._service.draining = True
        logger.info("draining, %d connections", len(server.server_state.connections))
        await server.drain(self._drain)
        logger.info("leaving, %d connections left", len(server.server_state.connections))

    async def _follow(self, words: AsyncIterator[str]) -> None:
        async with aclosing(words):  # type: ignore[type-var]
            async for word in words:
                match word:
                    case "serve":
                        self._serve.set()
                    case "drain":
                        self._leave.set()
                    case _:
                        logger.warning("unknown command on the control line")
        self._leave.set()
