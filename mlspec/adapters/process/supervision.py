"""What a supervisor does: one order at a time, the old generation serving until the new one is ready."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mlspec.adapters.process.generation import Generation
from mlspec.adapters.process.journal import Journal
from mlspec.adapters.process.listener import listen_for, remember
from mlspec.adapters.process.order import PROTOCOL, STATE, Order, Refused
from mlspec.adapters.process.replica import Replica
from mlspec.adapters.process.worker import NotReady
from mlspec.domain.drift import PROFILE

SETTLE: Final = 5.0
"""Seconds that an answer waits for the old workers to end; longer connections are drained behind its back."""


class Supervision:
    """The state of one place. Works in the place's folder; requests that change something take turns."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._current: Generation | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._start: asyncio.Task[list[Replica]] | None = None
        self._stopping = False
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing is about to."""
        return self._current is None and not self._waiting

    def end_if_idle(self) -> None:
        """Be over, if a refused order leaves nothing to look after."""
        if self.idle:
            self.over.set()

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[None]:
        """One's turn; counted from the moment it is asked for, which the lock alone does not tell."""
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    async def swap(self, order: Order) -> None:
        """Run this order instead of what runs; Refused changes nothing."""
        async with self._change():
            old = self._current
            if old and order.fence < old.order.fence:
                raise Refused("fence", f"what runs has fence {old.order.fence}, this has {order.fence}")
            if old and order.asks_for_the_same(old.order) and not old.trouble:
                old.order = replace(old.order, revision=order.revision, fence=order.fence)
                return
            self._current = await self._started(order, await self._listener(order))
            remember(self._current.port)
            if old:
                await self._let_go(self._succeed(old), old.listener)
            else:
                self._forget()

    async def _succeed(self, old: Generation) -> None:
        """Let the old workers leave, and then go what only they were asked to keep."""
        await old.leave()
        self._forget()

    def _forget(self) -> None:
        """Where nothing is monitored, no request stays that workers kept before."""
        if self._current and PROFILE not in self._current.order.serve:
            shutil.rmtree(STATE, ignore_errors=True)

    async def scale(self, replicas: int, serve: dict[str, Any]) -> None:
        """Change the number of replicas and the settings handed back; Refused changes nothing."""
        async with self._change():
            if not (current := self._current) or current.closed:
                raise Refused("absent", "nothing runs")
            if (more := replicas - current.order.replicas) > 0:
                current.serve(await self._grown(current, more))
            current.order = replace(current.order, replicas=replicas, serve=serve)
            if more < 0:
                await self._let_go(current.shrink(-more))

    async def stop(self) -> None:
        """Drain everything and be over."""
        self._stopping = True
        if self._start:
            self._start.cancel()
        async with self._change():
            if self._current:
                old, self._current = self._current, None
                old.listener.close()
                self._leaving.add(asyncio.create_task(old.leave()))
            while self._leaving:
                await asyncio.wait(set(self._leaving))
                self._leaving = {task for task in self._leaving if not task.done()}
            self.over.set()

    def tend(self) -> None:
        """What has to be done now and then."""
        if self._current:
            self._current.journal.cut()
            self._current.close_if_lost()

    def status(self) -> dict[str, Any]:
        """What runs, as observed now."""
        report: dict[str, Any] = {"protocol": PROTOCOL, "pid": os.getpid(), "running": None}
        if current := self._current:
            order = current.order.to_json()
            del order["launch"]
            trouble = current.trouble
            health = "Progressing" if self._start else "Degraded" if trouble else "Healthy"
            running = {"order": order, "port": current.port, "health": health, "reason": trouble}
            report |= {"running": running, "workers": current.pids}
        return report

    async def _listener(self, order: Order) -> socket.socket:
        """The listener that is there, if it is what the order asks for, so that no connection is refused."""
        now = self._current
        if now and not now.closed and now.order.host == order.host and order.port in {now.order.port, now.port}:
            return now.listener
        return await listen_for(order)

    async def _started(self, order: Order, listener: socket.socket) -> Generation:
        generation = Generation(order, listener, Journal.following(Path("logs")))
        try:
            fresh = await self._grown(generation, order.replicas)
        except Refused:
            generation.journal.close()
            if not self._current or self._current.listener is not listener:
                listener.close()
            raise
        generation.serve(fresh)
        return generation

    async def _grown(self, generation: Generation, count: int) -> list[Replica]:
        if self._stopping:
            raise Refused("absent", "it is being stopped")
        self._start = asyncio.create_task(generation.grow(count))
        try:
            return await self._start
        except NotReady as problem:
            generation.journal.note(f"{generation.order.version} never became ready: {problem}")
            raise Refused("ready", str(problem), generation.journal.last(20)) from problem
        except asyncio.CancelledError:
            raise Refused("absent", "it was stopped meanwhile") from None
        finally:
            self._start = None

    async def _let_go(self, farewell: Coroutine[Any, Any, None], listener: socket.socket | None = None) -> None:
        """Drain in the background, but give short connections the time to end before the answer."""
        task = asyncio.create_task(farewell)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        if listener and self._current and self._current.listener is not listener:
            listener.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), SETTLE)
