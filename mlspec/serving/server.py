"""uvicorn with a lame duck: it leaves without breaking a connection that someone still uses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

logger = logging.getLogger("mlspec.serving")

KEEP_ALIVE: Final = 75  # seconds; longer than clients and proxies keep idle connections, so that they close first
STALLED: Final = 30.0  # seconds for one whole request to arrive
LINGER: Final = 2  # seconds for answers that are under way at the drain's deadline
SETTLE: Final = 0.05  # seconds until connections that were just accepted are known
BACKLOG: Final = 2048
CLOSE: Final = (b"connection", b"close")


class PatientProtocol(HttpToolsProtocol):
    """A connection that knows since when it waits for the rest of a request (None: it doesn't)."""

    waiting_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start to wait: a client that connects is about to send."""
        self.waiting_since = self.loop.time()
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        """Start to wait for the rest of a request."""
        self.waiting_since = self.loop.time()
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Stop waiting: the request is here."""
        self.waiting_since = None
        super().on_message_complete()


class LameDuckServer(uvicorn.Server):
    """Stops by `drain`; signals are the caller's."""

    draining = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept, and only then say so."""
        await super().startup(sockets)
        for listener in sockets or []:
            logger.info("serving on %s", _address(listener))

    async def drain(self, seconds: float) -> None:
        """Stop accepting, ask clients to leave with their next answer, and exit when they have or time is up.

        What waits in the kernel's queue of an inherited listening socket goes to the worker that shares it.
        """
        self.draining = True
        for server in self.servers:
            server.close()
        self._announce()
        # A connection that was accepted in this very turn is not among the connections yet.
        await asyncio.sleep(SETTLE)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self.server_state.connections and loop.time() < deadline:  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.01)
        self.should_exit = True

    def _announce(self) -> None:
        # uvicorn builds the default headers of each answer from these two lists.
        self.config.encoded_headers.append(CLOSE)
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_started:
                cycle.keep_alive = False  # its headers were chosen before; this one says the same

    async def on_tick(self, counter: int) -> bool:
        """Once a second, drop connections whose request does not arrive."""
        if counter % 10 == 0:
            self._drop_stalled(asyncio.get_running_loop().time() - STALLED)
        return await super().on_tick(counter)

    def _drop_stalled(self, before: float) -> None:
        for connection in list(self.server_state.connections):
            since = getattr(connection, "waiting_since", None)
            if since is not None and since < before:
                connection.transport.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: uvicorn's handlers break live connections."""
        yield


def build_server(app: ASGIApp, headers: list[tuple[str, str]]) -> LameDuckServer:
    """A server that adds the headers to every answer, even to those that uvicorn gives by itself."""
    options: dict[str, Any] = {"ws": "none", "lifespan": "off", "log_config": None, "access_log": False}
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        headers=headers,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LINGER,
        **options,
    )
    return LameDuckServer(config)


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket that is bound but does not listen yet; raises OSError."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    # The protocol is named, as event loops set TCP_NODELAY only where they see IPPROTO_TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _address(listener: socket.socket) -> str:
    name = listener.getsockname()
    if not isinstance(name, tuple):
        return str(name)
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return f"http://{host}:{name[1]}"
