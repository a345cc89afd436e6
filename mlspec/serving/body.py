"""Reading a request's body, within limits of size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import Message

from mlspec.serving.errors import Refusal
from mlspec.serving.service import Limits

JSON = b"application/json"


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body; raises Refusal: 413 too large, 415 not JSON, 501 binary tensors, 408 too slow."""
    _check_headers(request.scope["headers"], limits)
    try:
        async with asyncio.timeout(limits.patience):
            return await _collect(request, limits.body)
    except TimeoutError as error:
        raise Refusal(408, f"the body did not arrive within {limits.patience:g} s") from error


async def _collect(request: Request, limit: int) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message: Message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "the client left before its body was complete")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:  # a chunked body announces no length
            raise _too_large(limit)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check_headers(headers: list[tuple[bytes, bytes]], limits: Limits) -> None:
    """Look at the raw headers: Starlette's look-up by name costs as much as all else here."""
    if any(name == b"inference-header-content-length" for name, _ in headers):
        raise Refusal(501, "binary tensors are not supported: send JSON data")
    for name, value in headers:
        match name:
            case b"content-type":
                _check_type(value)
            case b"content-length" if value.isdigit() and int(value) > limits.body:
                raise _too_large(limits.body)
            case b"content-encoding" if value.lower() != b"identity":
                raise Refusal(415, "compressed bodies are not supported")
            case _:
                pass


def _check_type(value: bytes) -> None:
    if value == JSON:
        return
    kind = value.partition(b";")[0].strip().lower()
    if kind != JSON and not kind.endswith(b"+json"):
        shown = kind[:80].decode("latin-1")
        raise Refusal(415, f"send JSON with the header content-type: application/json, not {shown}")


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the body is larger than the {limit} bytes of one request")
