"""Monitoring as the server shows and keeps it: its endpoints, and the counts written now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mlspec.serving.errors import Refusal
from mlspec.serving.metrics import CONTENT_TYPE, Drift
from mlspec.serving.monitor import Monitor, psi
from mlspec.serving.recorder import Recorder
from mlspec.serving.service import Service

PAUSE: Final = 2.0
"""Seconds between two writings of the counts: what a worker that is killed loses at most."""


class Watch:
    """Endpoints bound to one service; the counts are read in the executor's thread, whose they are."""

    def __init__(self, service: Service, executor: ThreadPoolExecutor) -> None:
        self._service = service
        self._executor = executor

    async def monitoring(self, _request: Request) -> Response:
        """GET /monitoring."""
        monitor = self._service.monitor
        if monitor is None:
            raise Refusal(404, f"{self._service.name} {self._service.version} is not monitored")
        document = await asyncio.get_running_loop().run_in_executor(self._executor, monitor.document)
        return Response(orjson.dumps({**self._service.identity, **document}), media_type="application/json")

    async def requests(self, _request: Request) -> Response:
        """GET /monitoring/requests."""
        monitor = self._service.monitor
        if monitor is not None and monitor.recorder is not None and monitor.recorder.why_none:
            raise Refusal(404, f"no requests are kept: {monitor.recorder.why_none}")
        return await self._kept(lambda recorder: recorder.requests(), "no requests are kept")

    async def predictions(self, _request: Request) -> Response:
        """GET /monitoring/predictions."""
        classes = self._service.model.signature.output.classes
        return await self._kept(lambda recorder: recorder.predictions(classes), "no predictions are kept")

    async def _kept(self, read: Callable[[Recorder], dict[str, Any] | None], nothing: str) -> Response:
        monitor = self._service.monitor
        if monitor is None or monitor.recorder is None:
            raise Refusal(404, f"{nothing} of {self._service.name} {self._service.version}")
        document = await asyncio.get_running_loop().run_in_executor(self._executor, _read, monitor, read)
        if document is None:
            raise Refusal(404, f"{nothing} of {self._service.name} {self._service.version}")
        return Response(orjson.dumps({**self._service.identity, **document}), media_type="application/json")

    async def metrics(self, _request: Request) -> Response:
        """GET /metrics."""
        drift = None
        if self._service.monitor is not None:
            loop = asyncio.get_running_loop()
            drift = await loop.run_in_executor(self._executor, _drift, self._service.monitor)
        return Response(self._service.metrics.render(drift), headers={"content-type": CONTENT_TYPE})


def _read(monitor: Monitor, read: Callable[[Recorder], dict[str, Any] | None]) -> dict[str, Any] | None:
    monitor.save()
    return read(monitor.recorder) if monitor.recorder is not None else None


def _drift(monitor: Monitor) -> Drift:
    rows, counts = monitor.sums()
    pairs = zip(monitor.profile.bins, counts, strict=True)
    return rows, {bins.name: psi(bins.reference, live) for bins, live in pairs if live.any()}


@asynccontextmanager
async def keeping(monitor: Monitor | None, executor: ThreadPoolExecutor) -> AsyncIterator[None]:
    """Keep the counts now and then while a worker serves, and once more when it leaves.

    What others left is looked at as often: a worker that this one follows leaves after this one has come.
    """
    if monitor is None:
        yield
        return
    loop = asyncio.get_running_loop()

    async def keep() -> None:
        while True:
            await loop.run_in_executor(executor, monitor.tidy)
            await asyncio.sleep(PAUSE)
            await loop.run_in_executor(executor, monitor.save)

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
        await loop.run_in_executor(executor, monitor.save)
