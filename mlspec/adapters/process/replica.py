"""One replica: a worker, and another one in its place when it dies."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Final

from mlspec.adapters.process.bundles import content
from mlspec.adapters.process.journal import Journal
from mlspec.adapters.process.order import Order
from mlspec.adapters.process.worker import NotReady, Worker

STEADY: Final = 30.0
"""Seconds of life after which a crash counts as the first one again."""
CRASHES: Final = 5
"""Quick crashes in a row after which no more workers are started."""
PAUSE: Final = 0.1
"""Seconds before the first restart; doubled for each further one."""


class Replica:
    """A slot of a generation. `down` says why nobody serves in it now, `lost` that nobody will."""

    def __init__(self, order: Order, listener: socket.socket, journal: Journal) -> None:
        self.down = "starting"
        self.lost = False
        self._order = order
        self._listener = listener
        self._journal = journal
        self._worker: Worker | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id of its worker, 0 where there is none."""
        return self._worker.pid if self._worker and not self.down else 0

    async def prepare(self) -> None:
        """Start a worker and wait until it is ready; NotReady, or a cancellation, leaves no process behind."""
        # Also a worker that follows one that died: what is served is what was deployed, byte for byte.
        await asyncio.to_thread(_refuse_other_bytes, self._order)
        worker = await Worker.start(self._order, self._listener, self._journal)
        try:
            await worker.ready(self._order.launch.ready)
        except BaseException:
            await worker.kill()
            raise
        self._worker = worker

    def serve(self) -> None:
        """Let the prepared worker accept, and look after it from now on."""
        self._open()
        self._keeper = asyncio.create_task(self._keep())

    async def leave(self) -> None:
        """Drain what serves, and start nothing any more."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._worker:
            await self._worker.leave(self._order.launch.drain)

    async def discard(self) -> None:
        """End a prepared worker that is not going to serve."""
        if self._worker:
            await self._worker.kill()

    def _open(self) -> None:
        assert self._worker
        self._worker.serve()
        self.down = ""

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        crashes = 0
        while worker := self._worker:
            since = loop.time()
            self.down = await worker.ended()
            self._worker = None
            crashes = crashes + 1 if loop.time() - since < STEADY else 1
            await self._restart(crashes)

    async def _restart(self, crashes: int) -> None:
        """Try until a worker serves, or until there were too many crashes; each time after a longer pause."""
        while crashes < CRASHES:
            pause = PAUSE * 2 ** (crashes - 1)
            self._journal.note(f"a worker {self.down}; next start in {pause:g} s")
            await asyncio.sleep(pause)
            try:
                await self.prepare()
            except NotReady as problem:
                self.down = str(problem)
                crashes += 1
            else:
                self._open()
                return
        self.lost = True
        self._journal.note(f"a worker {self.down}; given up after {crashes} crashes")


def _refuse_other_bytes(order: Order) -> None:
    try:
        found = content(Path(order.bundle))
    except OSError as problem:
        raise NotReady(f"can't read the model's files: {problem}") from problem
    if found != order.content:
        raise NotReady("was not started: the model's files are not those that were deployed")
