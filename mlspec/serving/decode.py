"""JSON bytes to Python values, with a limit on nesting that is checked before the parser runs."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from mlspec.serving.errors import Refusal

# Possessive and with an optional closing quote, so that no input makes the scan quadratic.
STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
NOT_A_NUMBER: Final = re.compile(rb"\b(?:NaN|-?Infinity)\b")


def decode(body: bytes, depth: int) -> Any:
    """Parse JSON; raises a 400 Refusal for invalid JSON and for nesting deeper than `depth`."""
    if is_deeper(body, depth):
        raise Refusal(400, f"the JSON is nested deeper than {depth} levels")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"invalid JSON: {_reason(body, error)}") from error


def is_deeper(body: bytes, depth: int) -> bool:
    """Whether brackets are nested more than `depth` deep. Each round peels the innermost level off, in C."""
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    left = STRING.sub(b"", body).translate(ONE_KIND, NOT_BRACKETS)
    for _ in range(depth):
        peeled = left.replace(b"[]", b"")
        if len(peeled) == len(left):
            return False  # empty, or unbalanced: the parser says so better
        left = peeled
    return b"[]" in left


def _reason(body: bytes, error: orjson.JSONDecodeError) -> str:
    if not body.strip():
        return "the body is empty"
    if NOT_A_NUMBER.search(STRING.sub(b"", body)):
        return "NaN and Infinity are not JSON (send null where the column may be empty)"
    return str(error)
