"""A worker without a model: it speaks the server's command line and handshake, and behaves as its bundle says.

`behaviour.json` in the bundle may hold: `load` (seconds before it is ready), `after` (a file without which it does not
get ready), `fail` (a message instead of ready), `exit` (a status to end with instead), `silent` (never says anything),
`crash` (seconds of service before it ends).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--bundle", "--name", "--version"):
        parser.add_argument(name, required=True)
    parser.add_argument("--trust", action="append", default=[])
    for name in ("--max-body", "--max-batch", "--max-depth"):
        parser.add_argument(name, type=int)
    parser.add_argument("--drain", type=float, default=10)
    parser.add_argument("--state")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--control-fd", type=int, required=True)
    return parser.parse_args()


class Service:
    """Answers every request with what it is."""

    def __init__(self, identity: dict[str, object]) -> None:
        self.body = json.dumps(identity).encode()
        self.draining = asyncio.Event()
        self.open = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def accept(self, listener: socket.socket) -> None:
        """By hand: asyncio's own server drops what it accepted in the very turn in which it is closed."""
        try:
            connection = listener.accept()[0]
        except BlockingIOError:  # another worker was faster
            return
        self.open += 1
        self.tasks.add(asyncio.create_task(self.converse(connection)))

    async def converse(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection)
        try:
            while await self.answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.open -= 1

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        last = self.draining.is_set() or b"connection: close" in head.lower()
        connection = b"close" if last else b"keep-alive"
        length = str(len(self.body)).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: %s\r\n\r\n%s"
            % (length, connection, self.body)
        )
        await writer.drain()
        return not last


async def listen_to(reader: asyncio.StreamReader, serve: asyncio.Event, drain: asyncio.Event) -> None:
    while line := await reader.readline():
        {"serve": serve, "drain": drain}[json.loads(line)["command"]].set()
    drain.set()  # the supervisor is gone
    serve.set()


async def run(arguments: argparse.Namespace, behaviour: dict[str, object], control: socket.socket) -> None:
    identity = {"name": arguments.name, "version": arguments.version, "pid": os.getpid(), "argv": sys.argv[1:]}
    service, serve = Service(identity | {"environ": dict(os.environ)}), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.draining.set)
    reader, writer = await asyncio.open_connection(sock=control)
    listening = asyncio.create_task(listen_to(reader, serve, service.draining))
    writer.write(b'{"event": "ready"}\n')
    await serve.wait()
    listener = socket.socket(fileno=arguments.fd)
    loop = asyncio.get_running_loop()
    loop.add_reader(listener, service.accept, listener)
    print(f"{arguments.version} serves", file=sys.stderr, flush=True)
    if crash := behaviour.get("crash"):
        await asyncio.sleep(float(str(crash)))
        os._exit(9)
    await service.draining.wait()
    loop.remove_reader(listener)
    listener.close()
    deadline = time.monotonic() + arguments.drain
    while service.open and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print(f"{arguments.version} drained", file=sys.stderr, flush=True)
    listening.cancel()


def main() -> None:
    arguments = read_arguments()
    control = socket.socket(fileno=arguments.control_fd)
    path = Path(arguments.bundle, "behaviour.json")
    behaviour = json.loads(path.read_text()) if path.exists() else {}
    print(f"{arguments.version} loads", file=sys.stderr, flush=True)
    time.sleep(behaviour.get("load", 0))
    while "after" in behaviour and not Path(behaviour["after"]).exists():
        time.sleep(0.02)
    if behaviour.get("silent"):
        time.sleep(600)
    if message := behaviour.get("fail"):
        control.sendall(json.dumps({"event": "failed", "message": message}).encode() + b"\n")
        sys.exit(1)
    if status := behaviour.get("exit"):
        print("the last words", file=sys.stderr, flush=True)
        os._exit(status)
    asyncio.run(run(arguments, behaviour, control))


if __name__ == "__main__":
    main()
