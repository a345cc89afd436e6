"""Hints for speed, keyed by content: losing them costs time and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Cache(Protocol):
    """Keys name content (a blob id and what was made of it), so that an entry is never stale."""

    def get_many(self, namespace: str, keys: Iterable[str]) -> Mapping[str, Any]:
        """The JSON values of those keys that are known."""
        ...

    def put_many(self, namespace: str, items: Mapping[str, Any]) -> None:
        """Remember JSON values (dataclasses are written as objects); failing to is no error."""
        ...
