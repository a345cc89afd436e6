"""Quantities as people write them in specs: `1h 30m`, `4Gi`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_LONG: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_BINARY: Final = (("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def duration(seconds: float) -> str:
    """Seconds in at most two units: `0.4s`, `12s`, `30m`, `1h 30m`, `2d 3h`."""
    if seconds < 10:
        return f"{seconds:.1f}s".replace(".0s", "s")
    rest = round(seconds)
    parts: list[str] = []
    for unit, size in _LONG:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)


def minute(time: float) -> str:
    """Seconds since the epoch as people read a time: `2026-11-22 20:35Z`."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%MZ")


def size(count: int) -> str:
    """Bytes in the greatest binary unit that they fill: `512Mi`, `1.5Gi`, `100 bytes`."""
    for unit, factor in _BINARY:
        if count >= factor:
            return f"{count / factor:.3g}{unit}"
    return f"{count} bytes"
