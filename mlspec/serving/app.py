"""The HTTP face of a service: routes, errors as JSON, and a count of every request."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from mlspec.serving.describe import Description
from mlspec.serving.errors import Refusal
from mlspec.serving.infer import Inference
from mlspec.serving.service import Service
from mlspec.serving.watch import Watch

logger = logging.getLogger("mlspec.serving")


def build_app(service: Service, executor: ThreadPoolExecutor) -> Starlette:
    """The ASGI application; large batches run in the executor."""
    handlers: dict[int | type[Exception], ExceptionHandler] = {
        Refusal: _refused,
        HTTPException: _http_error,
        Exception: _broken,
    }
    middleware = [Middleware(Observed, service=service)]
    app = Starlette(routes=_routes(service, executor), exception_handlers=handlers, middleware=middleware)
    app.router.redirect_slashes = False
    return app


def _routes(service: Service, executor: ThreadPoolExecutor) -> list[Route]:
    inference, description = Inference(service, executor), Description(service)
    watch = Watch(service, executor)
    routes = [
        Route("/predict", inference.predict, methods=["POST"]),
        Route("/v2/health/live", description.live),
        Route("/v2/health/ready", description.ready),
        Route("/metrics", watch.metrics),
        Route("/monitoring", watch.monitoring),
        Route("/monitoring/requests", watch.requests),
        Route("/monitoring/predictions", watch.predictions),
        Route("/v2", description.server),
        Route("/", description.overview),
    ]
    for path in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
        routes.append(Route(f"{path}/infer", inference.infer, methods=["POST"]))
        routes.append(Route(f"{path}/ready", description.model_ready))
        routes.append(Route(path, description.model))
    return routes


class Observed:
    """Middleware that counts and times requests by route and code."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._metrics = service.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started, code = time.perf_counter(), 500
        self._metrics.in_flight += 1

        async def note(message: Message) -> None:
            nonlocal code
            code = message.get("status", code)
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._metrics.in_flight -= 1
            route = scope.get("route")  # the pattern, as clients could fill the metrics with made-up paths
            label = route.path if isinstance(route, Route) else "unmatched"
            self._metrics.observe(label, code, time.perf_counter() - started)


def error_response(status: int, message: str) -> Response:
    """The one shape of every error."""
    # A client that was too slow would go on sending: its connection ends here.
    headers = {"connection": "close"} if status == 408 else None
    return Response(orjson.dumps({"error": message}), status, headers, "application/json")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return error_response(error.status, error.message)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = f"{request.method} {request.url.path}"
    texts = {404: f"{path} does not exist; GET / lists what does", 405: f"{path} is not allowed"}
    response = error_response(error.status_code, texts.get(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response


async def _broken(_request: Request, error: Exception) -> Response:
    return error_response(500, f"the server failed: {type(error).__name__}")
