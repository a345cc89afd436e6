"""The listening socket of a place: a port that was asked for, or a stable one of its own."""

from __future__ import annotations

import asyncio
import errno
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mlspec.adapters.process.order import Order, Refused

FIRST: Final = 20_000
SPAN: Final = 10_000
"""Stable ports are below the range that Linux gives to outgoing connections (from 32768)."""
PROBES: Final = 200
PATIENCE: Final = 5.0
"""Seconds to wait for a port that this place had before: orphaned workers may still be closing it."""

_REMEMBERED: Final = Path("port")


def stable_port(project: str, environment: str, model: str) -> int:
    """The port that a place asks for first when the spec names none: the same on every run and machine."""
    return FIRST + zlib.crc32(f"{project}/{environment}/{model}".encode()) % SPAN


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, not blocking; OSError where it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With protocol 0 asyncio would not set TCP_NODELAY on what this socket accepts.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
        listener.settimeout(0)
    except BaseException:
        listener.close()
        raise
    return listener


async def listen_for(order: Order) -> socket.socket:
    """The order's listener; Refused where its port is taken. Looks for the last port in the place's folder."""
    before = _last_port()
    for port in _candidates(order, before):
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + (PATIENCE if port == before else 0.0)
        while True:
            try:
                listener = listen(order.host, port)
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    raise Refused("port", f"can't listen on {order.host} port {port}: {problem.strerror}") from problem
                if loop.time() >= patient_until:
                    break
                await asyncio.sleep(0.05)
            else:
                return listener
    raise Refused("port", f"port {order.port or 'range'} on {order.host} is taken")


def remember(port: int) -> None:
    """Note the port for the next supervisor of this folder."""
    _REMEMBERED.write_text(f"{port}\n")


def _candidates(order: Order, before: int) -> Iterator[int]:
    if order.port:
        yield order.port
        return
    if FIRST <= before < FIRST + SPAN:
        yield before
    start = stable_port(order.project, order.environment, order.model) - FIRST
    yield from (FIRST + (start + step) % SPAN for step in range(PROBES))


def _last_port() -> int:
    """A hint from the last supervisor here, 0 where there is none; the bind decides."""
    try:
        return int(_REMEMBERED.read_text())
    except (OSError, ValueError):
        return 0
