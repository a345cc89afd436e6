"""Markdown for people: tables whose cells are one line each, and values as a spec has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_CELL: Final = str.maketrans({"|": "\\|", "\n": " ", "\r": " "})


def table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The lines of a table, and an empty one."""
    yield f"| {' | '.join(_cell(name) for name in head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"
    yield ""


def _cell(value: Any) -> str:
    return "" if value is None else str(value).translate(_CELL)


def plain(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def shown(values: Mapping[str, Any]) -> str:
    """Names and values, one after the other."""
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
