"""Rows for a model from JSON or CSV text: JSON goes to the server as it is, CSV is typed by what the model takes."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from mlspec.errors import MlspecError
from mlspec.spec.problem import shown, suggest

_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
_MISSING: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>"})
"""What a column of numbers calls missing, as in training; in text nothing is."""

_WHOLE: Final = re.compile(r"[+-]?\d{1,30}", re.ASCII)


def is_json(data: bytes) -> bool:
    """Whether this is meant as JSON: a row, a list of rows, or an object that holds them."""
    return data.lstrip()[:1] in {b"{", b"["}


def json_body(data: bytes, where: str) -> bytes:
    """The body of a request; MlspecError where it is no JSON."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        raise MlspecError(f"this is no JSON: {error.msg}", where=f"{where}:{error.lineno}:{error.colno}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise MlspecError("this is no JSON that can be read", where=where) from error
    return data


def csv_rows(text: str, datatypes: Mapping[str, str], where: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, typed, and the columns that the model does not take; MlspecError with the line that is wrong."""
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(lines, [])
        _check_header(header, datatypes, where)
        rows = [_row(cells, header, datatypes, f"{where}:{lines.line_num}") for cells in lines if cells]
    except csv.Error as error:
        raise MlspecError(f"this is no CSV: {error}", where=f"{where}:{lines.line_num}") from error
    if not rows:
        raise MlspecError("there are no rows", hint="a header line, then one line for each row", where=where)
    return rows, [name for name in header if name not in datatypes]


def _check_header(header: Sequence[str], datatypes: Mapping[str, str], where: str) -> None:
    missing = [name for name in datatypes if name not in header]
    if missing:
        others = [name for name in header if name not in datatypes]
        hint = next(filter(None, (suggest(name, missing) for name in others)), "")
        names = ", ".join(shown(name) for name in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise MlspecError(f"the model takes columns that are not there: {names}{more}", hint=hint, where=f"{where}:1")
    twice = [name for name in datatypes if header.count(name) > 1]
    if twice:
        raise MlspecError(f"the column {shown(twice[0])} is there twice", where=f"{where}:1")


def _row(cells: Sequence[str], header: Sequence[str], datatypes: Mapping[str, str], where: str) -> dict[str, Any]:
    if len(cells) != len(header):
        raise MlspecError(f"{len(cells)} cells under {len(header)} columns", where=where)
    return dict(_typed(zip(header, cells, strict=True), datatypes, where))


def _typed(
    cells: Iterator[tuple[str, str]], datatypes: Mapping[str, str], where: str
) -> Iterator[tuple[str, bool | float | str | None]]:
    for name, text in cells:
        if name in datatypes:
            try:
                yield name, _value(text, datatypes[name])
            except ValueError as error:
                found = f"column {shown(name)}: expected {error.args[0]}, not {shown(text)!r}"
                raise MlspecError(found, where=where) from error


def _value(text: str, datatype: str) -> bool | float | str | None:
    """One cell; ValueError with what was expected. An empty cell of a number is null: the server knows if it may be."""
    read = _READERS.get("FP" if datatype.startswith("FP") else datatype, str)
    if read is str:
        return text
    return None if text.strip() in _MISSING else read(text.strip())


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise ValueError("a number")
    return value


def _integer(text: str) -> int:
    if _WHOLE.fullmatch(text):
        return int(text)
    value = _number(text)
    if not value.is_integer():
        raise ValueError("a whole number")
    return int(value)


def _boolean(text: str) -> bool:
    try:
        return _TRUTH[text.lower()]
    except KeyError:
        raise ValueError("true or false") from None


_READERS: Final[Mapping[str, Callable[[str], bool | float | str]]] = {
    "FP": _number,
    "INT64": _integer,
    "BOOL": _boolean,
}
