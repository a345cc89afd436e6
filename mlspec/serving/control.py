"""The private line to the supervisor: events go out, commands come in, each one line of JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator

logger = logging.getLogger("mlspec.serving")


def tell(line: socket.socket | None, event: str, **details: str) -> bool:
    """Send an event; False where there is nobody to hear it."""
    if line is None:
        return True
    try:
        line.sendall(json.dumps({"event": event, **details}).encode() + b"\n")
    except OSError:
        return False
    return True


async def commands(line: socket.socket) -> AsyncIterator[str]:
    """The commands as they come, until the supervisor closes its end or dies."""
    reader, writer = await asyncio.open_unix_connection(sock=line)
    try:
        while text := await reader.readline():
            yield _command(text)
    except (OSError, ValueError) as error:
        logger.warning("the control line broke: %s", error)
    finally:
        writer.close()


def _command(text: bytes) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    command = document.get("command") if isinstance(document, dict) else None
    return command if isinstance(command, str) else ""
