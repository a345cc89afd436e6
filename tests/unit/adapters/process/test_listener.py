"""Ports: asked for or stable, probed where they are taken."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mlspec.adapters.process.listener import listen, listen_for, remember, stable_port
from mlspec.adapters.process.order import Launch, Order, Refused


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.chdir(tmp_path)
    launch = Launch((), {}, 1, 1)
    return Order("shop", tmp_path.name, "wine", "v1", "a", "b", "127.0.0.1", 0, 1, "", 0, launch)


@contextmanager
def taken(port: int) -> Iterator[int]:
    with listen("127.0.0.1", port) as other:
        yield other.getsockname()[1]


def got(order: Order) -> int:
    with asyncio.run(listen_for(order)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_stable_port_depends_on_the_place_alone() -> None:
    ports = {stable_port("shop", environment, model) for environment in "abcdefghij" for model in "klmnopqrst"}
    assert stable_port("shop", "a", "k") == stable_port("shop", "a", "k")
    assert all(20_000 <= port < 30_000 for port in ports)
    assert len(ports) > 90


def test_no_port_means_the_stable_one(order: Order) -> None:
    order, wanted = with_free_ports(order)
    assert got(order) == wanted
    with taken(wanted):
        assert got(order) == wanted + 1


def with_free_ports(order: Order) -> tuple[Order, int]:
    """The order for a model whose stable port, and the next one, nobody has now; and that port."""
    for number in range(100):
        named = replace(order, model=f"wine-{number}")
        port = stable_port(named.project, named.environment, named.model)
        with suppress(OSError), taken(port), taken(port + 1):
            return named, port
    raise AssertionError("all ports are taken")


def test_a_port_that_was_asked_for_and_is_taken_is_refused_at_once(order: Order) -> None:
    with taken(0) as port, pytest.raises(Refused, match=f"port {port} on 127.0.0.1 is taken") as refusal:
        got(replace(order, port=port))
    assert refusal.value.kind == "port"


def test_the_last_port_is_waited_for(order: Order) -> None:
    async def both() -> int:
        with listen("127.0.0.1", 0) as orphan:
            remember(port := orphan.getsockname()[1])
            waiting = asyncio.create_task(listen_for(replace(order, port=port)))
            await asyncio.sleep(0.2)
            assert not waiting.done()
        (await waiting).close()
        return 0

    asyncio.run(both())


def test_an_address_that_is_not_ours_is_named(order: Order) -> None:
    with pytest.raises(Refused, match="can't listen on 192"):
        got(replace(order, host="192.0.2.1"))


def test_accepted_connections_can_have_no_delay() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.gettimeout() == 0
