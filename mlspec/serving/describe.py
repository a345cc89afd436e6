"""The endpoints that describe: health, metadata, metrics, and what there is."""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mlspec.serving import v2
from mlspec.serving.errors import Refusal
from mlspec.serving.service import Service

ENDPOINTS: Final = {
    "POST /predict": "rows of columns in, predictions out",
    "POST /v2/models/{model}/infer": "the same by the Open Inference Protocol V2",
    "GET /v2/models/{model}": "inputs and outputs",
    "GET /v2/health/live": "whether the process answers",
    "GET /v2/health/ready": "whether it takes requests; 503 while it drains",
    "GET /metrics": "Prometheus metrics of this worker alone; other replicas have their own",
    "GET /monitoring": "what was counted of requests and answers, over the bins of the training profile",
    "GET /monitoring/requests": "a sample of requests, where they are kept",
    "GET /monitoring/predictions": "answers by their ids, where they are kept",
}


class Description:
    """Endpoints bound to one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def overview(self, _request: Request) -> Response:
        """GET /."""
        service = self._service
        example = {column.name: column.example for column in service.model.signature.inputs}
        endpoints = {path.replace("{model}", service.name): text for path, text in ENDPOINTS.items()}
        return _json({**service.identity, "endpoints": endpoints, "example": {"rows": [example]}})

    async def server(self, _request: Request) -> Response:
        """GET /v2."""
        return _json({"name": "mlspec", "version": self._service.version, "extensions": []})

    async def live(self, _request: Request) -> Response:
        """GET /v2/health/live."""
        return _json({"live": True})

    async def ready(self, _request: Request) -> Response:
        """GET /v2/health/ready."""
        ready = not self._service.draining
        return _json({"live": True, "ready": ready}, 200 if ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """GET /v2/models/{model}/ready."""
        check_path(request, self._service)
        ready = not self._service.draining
        return _json({"name": self._service.name, "ready": ready}, 200 if ready else 503)

    async def model(self, request: Request) -> Response:
        """GET /v2/models/{model}."""
        service = self._service
        check_path(request, service)
        head = {"name": service.name, "versions": [service.version], "platform": service.model.platform}
        tensors = v2.tensors_of(service.model.signature, probabilities=service.model.offers_probabilities)
        return _json({**head, **tensors})


def check_path(request: Request, service: Service) -> None:
    """Raise a 404 Refusal unless the path names the served model and, where it names one, its version."""
    model, version = request.path_params["model"], request.path_params.get("version", service.version)
    if model != service.name:
        raise Refusal(404, f"no model {model!r} here; this server serves {service.name!r}")
    if version != service.version:
        raise Refusal(404, f"no version {version!r} of {model!r} here; this server serves {service.version}")


def _json(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")
