"""Sizes and durations as people write them: `100MB`, `4Gi`, `30m`, `50ms`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_QUANTITY: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z]*)", re.ASCII)

SIZES: Final = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
"""Unit → bytes."""

DURATIONS: Final = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
    "w": Decimal(604800),
}
"""Unit → seconds."""

SIZE_HINT: Final = "write a size such as `100MB` or `4Gi`, or a number of bytes"
DURATION_HINT: Final = "write a duration such as `50ms`, `30m`, `24h` or `7d`"


def parse_size(text: str) -> int:
    """Bytes of a size such as `1.5MB`; ValueError with what to say where it is not one."""
    number, unit = _split(text, "size")
    if unit and unit not in SIZES:
        raise ValueError(f"unknown unit `{unit}` of a size; known are {', '.join(SIZES)}")
    size = number * SIZES.get(unit, 1)
    if size != size.to_integral_value():
        raise ValueError(f"`{text}` is not a whole number of bytes")
    return int(size)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `30m`; ValueError with what to say where it is not one."""
    number, unit = _split(text, "duration")
    if unit not in DURATIONS:
        found = f"unknown unit `{unit}`" if unit else "a unit is missing"
        raise ValueError(f"{found} in the duration `{text}`; known are {', '.join(DURATIONS)}")
    return float(number * DURATIONS[unit])


def _split(text: str, noun: str) -> tuple[Decimal, str]:
    if not (found := _QUANTITY.fullmatch(text)):
        raise ValueError(f"`{text}` is not a {noun}")
    return Decimal(found[1]), found[2]
