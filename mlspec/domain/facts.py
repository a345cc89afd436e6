"""The facts in a chain's file: how they are written, and how those of two clones become one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

_ONE_EVENT: Final = frozenset({"time", "since"})
"""What bears one of these is one event's word, such as a rollout: half of it beside half of another would be a lie"""
_GONE: Final = object()


def encode(facts: Mapping[str, Any]) -> bytes:
    """Facts as a chain's file; the order of keys is kept, for it is that of events."""
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


def decode(data: bytes) -> dict[str, Any]:
    """The facts in a chain's file; one that is not ours to read counts as empty: a chain must never stop a plan."""
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def merge(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """A three-way merge: what only one side changed since `base` is as that side has it; else ours, the newer news.

    Objects are merged key by key and lists entry by entry, unless they are one event's word. The order is theirs, with
    what is ours behind it, for it is that of events.
    """
    fresh = {name for name in ours if ours[name] != base.get(name, _GONE)}
    order = [*(name for name in theirs if name not in fresh), *(name for name in ours if name in fresh or name in base)]
    merged = {
        name: _value(base.get(name, _GONE), ours.get(name, _GONE), theirs.get(name, _GONE))
        for name in dict.fromkeys(order)
    }
    return {name: value for name, value in merged.items() if value is not _GONE}


def _value(base: Any, ours: Any, theirs: Any) -> Any:
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    if isinstance(ours, dict) and isinstance(theirs, dict) and not _ONE_EVENT & {*ours, *theirs}:
        return merge(base if isinstance(base, dict) else {}, ours, theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _entries(base if isinstance(base, list) else [], ours, theirs)
    return ours


def _entries(base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    """Theirs without what we took out or moved, and then what is new or moved here."""
    kept = [item for item in base if item in ours]
    same = 0
    while same < min(len(kept), len(ours)) and kept[same] == ours[same]:
        same += 1
    gone = [item for item in base if item not in ours]
    ending = [item for item in ours[same:] if item not in base or item in theirs]
    return [item for item in theirs if item not in gone and item not in ending] + ending
