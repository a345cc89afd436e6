"""Reading a request's body, within limits of size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from mlspec.serving.errors import Refusal
from mlspec.serving.service import Limits


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body; raises Refusal: 413 too large, 415 not JSON, 501 binary tensors, 408 too slow."""
    _check_headers(request, limits)
    try:
        async with asyncio.timeout(limits.patience):
            return await _collect(request, limits.body)
    except TimeoutError as error:
        raise Refusal(408, f"the body did not arrive within {limits.patience:g} s") from error
    except ClientDisconnect as error:
        raise Refusal(400, "the client left before its body was complete") from error


async def _collect(request: Request, limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:  # a chunked body announces no length
            raise _too_large(limit)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check_headers(request: Request, limits: Limits) -> None:
    headers = request.headers
    if "inference-header-content-length" in headers:
        raise Refusal(501, "binary tensors are not supported: send JSON data")
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Refusal(415, f"send JSON with the header content-type: application/json, not {kind[:80]}")
    if headers.get("content-encoding", "identity") != "identity":
        raise Refusal(415, "compressed bodies are not supported")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.body:
        raise _too_large(limits.body)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the body is larger than the {limit} bytes of one request")
