"""Digests: SHA-256 over canonical JSON, with the scheme's version inside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]

SCHEME: Final = 1
"""Raised only when equal inputs would give another digest; older records keep the scheme that they name."""


# Made once: json.dumps would make one for each call, which is a third of what thousands of small digests cost.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: JSON) -> bytes:
    """The one spelling of a JSON value: sorted keys, no blanks, UTF-8, no NaN (ValueError)."""
    return _ENCODER.encode(value).encode()


def digest(value: JSON) -> str:
    """`sha256:<hex>` of a JSON value's canonical spelling."""
    return "sha256:" + hashlib.sha256(canonical({"scheme": SCHEME, "value": value})).hexdigest()


def bytes_digest(data: bytes) -> str:
    """`sha256:<hex>` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def short(value: str, length: int = 12) -> str:
    """A digest's first hex digits, for people."""
    return value.rpartition(":")[2][:length]
