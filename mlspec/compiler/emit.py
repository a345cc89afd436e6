"""A small YAML writer: block style, in the order given, and the same structure under YAML 1.1 and 1.2.

PyYAML's own writer knows YAML 1.1 only (it leaves `1e3` and `0o17` bare, which are numbers in 1.2), writes aliases for
repeated values and is ten times slower. Text that any parser might take for something else is double-quoted.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mlspec.domain.digest import JSON

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@=+-]*( [A-Za-z0-9_./@=+-]+)*", re.ASCII)
_RESERVED: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_LONG: Final = 500
"""YAML bounds a key written without `?` at 1024 characters."""


def document(value: Mapping[str, JSON]) -> str:
    """A YAML document; ends with a newline."""
    return "\n".join(_mapping(value, "") if value else ["{}"]) + "\n"


def scalar(value: object) -> str:
    """A string, number, boolean or null on one line; TypeError for anything else."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return _text(value)
        case _:
            raise TypeError(f"no scalar: {type(value).__name__}")


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return '"' + "".join(map(_escape, json.dumps(text, ensure_ascii=False)[1:-1])) + '"'


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 takes `1e-05` for text.
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def _mapping(value: Mapping[str, JSON], indent: str) -> Iterator[str]:
    for key, item in value.items():
        name = scalar(key)
        yield from _entry(f"{indent}{name}:" if len(name) < _LONG else f"{indent}? {name}\n{indent}:", item, indent)


def _sequence(value: Sequence[JSON], indent: str) -> Iterator[str]:
    for item in value:
        if isinstance(item, Mapping | list | tuple) and item:
            first, *rest = _nested(item, indent + "  ")
            yield f"{indent}- {first.removeprefix(indent + '  ')}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", item, indent)


def _entry(head: str, item: JSON, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping | list | tuple):
        if item:
            yield head
            yield from _nested(item, indent + "  ")
        else:
            yield head + (" {}" if isinstance(item, Mapping) else " []")
    else:
        yield f"{head} {scalar(item)}"


def _nested(item: JSON, indent: str) -> Iterator[str]:
    return _mapping(item, indent) if isinstance(item, Mapping) else _sequence(item, indent)  # type: ignore[arg-type]
