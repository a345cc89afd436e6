"""The two endpoints that predict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response

from mlspec.serving.body import read_body
from mlspec.serving.describe import check_path
from mlspec.serving.service import SMALL, Answer, Service


class Inference:
    """Endpoints bound to one service.

    A small request is answered in the event loop: a hop to a thread costs as much as the prediction. A large one
    goes to the one thread of the executor, so that health checks and small requests are not kept waiting; more
    threads would only share the same core.
    """

    def __init__(self, service: Service, executor: ThreadPoolExecutor) -> None:
        self._service = service
        self._executor = executor
        self._monitor = service.monitor

    async def predict(self, request: Request) -> Response:
        """POST /predict."""
        return await self._answer(request, self._service.predict)

    async def infer(self, request: Request) -> Response:
        """POST /v2/models/{model}[/versions/{version}]/infer."""
        check_path(request, self._service)
        return await self._answer(request, self._service.infer)

    async def _answer(self, request: Request, answer: Callable[[bytes], Answer]) -> Response:
        body = await read_body(request, self._service.limits)
        if len(body) <= SMALL:
            given = answer(body)
        else:
            given = await asyncio.get_running_loop().run_in_executor(self._executor, answer, body)
        self._service.count(given)
        if self._monitor is not None and self._monitor.due():
            self._executor.submit(self._monitor.fold)
        return Response(given.content, media_type="application/json")
