"""The two endpoints that predict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from mlspec.serving.body import read_body
from mlspec.serving.describe import check_path
from mlspec.serving.service import SMALL, Answer, Service

DRAW: Final = b"mlspec-draw"
"""The header of what a front drew for a request, a whole number below a million, where it also copies the request"""
_OF: Final = 1_000_000


def drawn(headers: Sequence[tuple[bytes, bytes]]) -> float | None:
    """What a front drew, from 0 to 1; None where it did not, or nothing of use."""
    for name, value in headers:
        if name == DRAW:
            return int(value) / _OF if value.isdigit() and len(value) < 7 else None
    return None


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
        self._samples = service.monitor is not None and service.monitor.recorder is not None

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
        self._service.count(given, drawn(request.scope["headers"]) if self._samples else None)
        if self._monitor is not None and self._monitor.due():
            self._executor.submit(self._monitor.fold)
        return Response(given.content, media_type="application/json")
