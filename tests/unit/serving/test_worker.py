"""A worker's life up to the word to serve."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import httpx
import pytest

from mlspec.serving.worker import Worker


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize("word", [b'{"command": "drain"}\n', b"", b'nonsense\n[1]\n{"command": 3}\n'])
def test_told_to_leave_before_serving(serve, listener, word) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(word)
        if b"drain" not in word:
            ours.shutdown(socket.SHUT_WR)
        asyncio.run(asyncio.wait_for(Worker(serve("line"), listener, 5).live(theirs), 60))


def test_nobody_is_served_before_the_word(serve, listener) -> None:
    ours, theirs = socket.socketpair()

    async def go() -> None:
        life = asyncio.create_task(Worker(serve("line"), listener, 5).live(theirs))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            asked = asyncio.create_task(client.get("/v2/health/ready"))
            done, _ = await asyncio.wait([asked], timeout=0.2)
            assert not done
            ours.sendall(b'{"command": "serve"}\n')
            assert (await asked).json()["ready"] is True
            ours.sendall(b'{"command": "drain"}\n')
            await asyncio.sleep(0.1)
            assert not life.done()  # the client's connection is still open
        await asyncio.wait_for(life, 60)

    with ours:
        asyncio.run(go())


def test_a_connection_that_sends_nothing_is_dropped(serve, listener, monkeypatch) -> None:
    monkeypatch.setattr("mlspec.serving.server.STALLED", 1.0)
    ours, theirs = socket.socketpair()

    async def go() -> None:
        life = asyncio.create_task(Worker(serve("line"), listener, 5).live(theirs))
        ours.sendall(b'{"command": "serve"}\n')
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\n")
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        ours.shutdown(socket.SHUT_WR)
        await asyncio.wait_for(life, 60)

    with ours:
        asyncio.run(go())
