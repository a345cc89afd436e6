"""A generation: the replicas of one order, on one listener, with one log."""

from __future__ import annotations

import asyncio
import os
import socket

from mlspec.adapters.process.journal import Journal
from mlspec.adapters.process.order import Order
from mlspec.adapters.process.replica import Replica
from mlspec.adapters.process.worker import NotReady


class Generation:
    """Starts silent: `grow` makes workers ready, `serve` opens them all at once, `leave` drains."""

    def __init__(self, order: Order, listener: socket.socket, journal: Journal) -> None:
        self.order = order
        self.listener = listener
        self.journal = journal
        self.port: int = listener.getsockname()[1]
        self._replicas: list[Replica] = []

    async def grow(self, count: int) -> list[Replica]:
        """Make so many more workers ready, or NotReady and none of them is left."""
        fresh = [Replica(self.order, self.listener, self.journal) for _ in range(count)]
        # Loading is CPU work: were all to load at once, none might be ready by its deadline.
        turns = asyncio.Semaphore(os.cpu_count() or 1)

        async def prepare(replica: Replica) -> None:
            async with turns:
                await replica.prepare()

        try:
            async with asyncio.TaskGroup() as group:
                for replica in fresh:
                    group.create_task(prepare(replica))
        except BaseException as problem:
            await asyncio.gather(*(replica.discard() for replica in fresh))
            if isinstance(problem, BaseExceptionGroup) and (known := problem.subgroup(NotReady)):
                raise known.exceptions[0] from None
            raise
        return fresh

    def serve(self, fresh: list[Replica]) -> None:
        """Let these accept."""
        for replica in fresh:
            replica.serve()
        self._replicas += fresh

    async def shrink(self, count: int) -> None:
        """Drain so many replicas, those that are down first."""
        ranked = sorted(self._replicas, key=lambda replica: not replica.down)
        leaving, self._replicas = ranked[:count], ranked[count:]
        await asyncio.gather(*(replica.leave() for replica in leaving))

    async def leave(self) -> None:
        """Drain all, and close the log."""
        await self.shrink(len(self._replicas))
        self.journal.close()

    @property
    def closed(self) -> bool:
        """Its listener is closed."""
        return self.listener.fileno() < 0

    def close_if_lost(self) -> None:
        """Where nobody will ever accept again, a refused connection says more than one that hangs."""
        if self._replicas and all(replica.lost for replica in self._replicas):
            self.listener.close()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that serve."""
        return [replica.pid for replica in self._replicas if replica.pid]

    @property
    def trouble(self) -> str:
        """Empty where all replicas are up, else how many are not, and why."""
        down = [replica for replica in self._replicas if replica.down]
        if not down:
            return ""
        future = "given up" if any(replica.lost for replica in down) else "restarting"
        return f"{len(down)} of {len(self._replicas)} replicas down: {down[-1].down}; {future}"
