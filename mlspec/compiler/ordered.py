"""Values with their maps sorted, so that moving lines in a spec changes nothing of what is generated."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.domain.digest import JSON


def ordered(value: JSON) -> JSON:
    """The same value, every map in it by its keys."""
    if isinstance(value, Mapping):
        return {key: ordered(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [ordered(item) for item in value]
    return value
