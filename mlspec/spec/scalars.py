"""Plain scalars of YAML 1.2's core schema: `on`, `yes` and `1:30` are text, `0o17` is fifteen."""

from __future__ import annotations

import math
import re
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER: Final = re.compile(
    r"(?P<decimal>[-+]?[0-9]+)|(?P<octal>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)"
    r"|(?P<real>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)|(?P<special>[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))",
    re.ASCII,
)
_BASES: Final = {"decimal": 10, "octal": 8, "hex": 16}
_NUMERIC: Final = frozenset("+-.0123456789")
_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 40

Scalar = None | bool | int | float | str


def read_plain(text: str) -> Scalar:
    """The value of a plain scalar; ValueError with plain words for numbers that can't be kept exactly."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC or not (found := _NUMBER.fullmatch(text)):
        return text
    form = str(found.lastgroup)
    return _integer(text, _BASES[form]) if form in _BASES else _real(text)


def _integer(text: str, base: int) -> int:
    value = int(text, base) if len(text) <= _LONGEST else _LARGEST + 1
    if abs(value) > _LARGEST:
        raise ValueError("the number is too large")
    return value


def _real(text: str) -> float:
    if text.lstrip("+-")[:2].lower() in {".i", ".n"}:
        raise ValueError(f"`{text}` is not a number that can be used")
    value = float(text)
    if math.isinf(value):
        raise ValueError("the number is too large")
    return value
