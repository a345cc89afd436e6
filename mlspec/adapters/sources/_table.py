"""What was fetched is looked at before it takes the place of what is there: a CSV file in UTF-8 with a header."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from mlspec.errors import MlspecError
from mlspec.ports.sources import Table

_CHUNK: Final = 200_000
"""Rows that are typed at a time"""
_FIELD_LIMIT: Final = 2**31 - 1
_MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>")
_HINT: Final = "what is there already is kept"


def examine(file: Path, *, fingerprint: str = "", same: str = "") -> Table:
    """The table in a file; MlspecError where it is none that the stages could read, or has no rows."""
    try:
        columns, rows = _shape(file)
    except UnicodeDecodeError as error:
        raise MlspecError("what the source gave is not UTF-8 text", hint=_HINT) from error
    except csv.Error as error:
        raise MlspecError(f"what the source gave is not CSV: {error}", hint=_HINT) from error
    if not rows:
        raise MlspecError("the source gave a header and no rows", hint=_HINT)
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return Table(rows, _types(file, columns), file.stat().st_size, md5, fingerprint, same)


def _shape(file: Path) -> tuple[list[str], int]:
    csv.field_size_limit(_FIELD_LIMIT)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        records = (fields for fields in csv.reader(stream, strict=True) if fields)
        columns = _header(records)
        count = 0
        for count, fields in enumerate(records, 1):
            if len(fields) != len(columns):
                found = f"row {count} of what the source gave has {len(fields)} fields, and the header {len(columns)}"
                raise MlspecError(found, hint=_HINT)
    return columns, count


def _header(records: Iterator[list[str]]) -> list[str]:
    columns = next(records, [])
    if not columns:
        raise MlspecError("the source gave nothing", hint=_HINT)
    if columns[0].lstrip().startswith(("<!", "<html", "<?xml", "{", "[")):
        found = f"the source gave no CSV file: it begins with {columns[0].strip()[:40]!r}"
        raise MlspecError(found, hint=_HINT)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice or "" in columns:
        found = f"two columns are named {', '.join(twice)}" if any(twice) else "a column has no name"
        raise MlspecError(f"in what the source gave {found}", hint=_HINT)
    return columns


def _types(file: Path, columns: Iterable[str]) -> dict[str, str]:
    found = dict.fromkeys(columns, "")
    chunks = pd.read_csv(
        file, chunksize=_CHUNK, na_values=list(_MISSING), keep_default_na=False, encoding="utf-8-sig", low_memory=False
    )
    with chunks:
        for chunk in chunks:
            for name in found:
                found[name] = _wider(found[name], _type(chunk[name]))
    return {name: kind or "text" for name, kind in found.items()}


def _type(column: pd.Series) -> str:
    """What a column looks like; empty where all is missing. Whole numbers with gaps are whole numbers."""
    present = column.dropna()
    if present.empty:
        return ""
    if pd.api.types.is_bool_dtype(present) or set(map(type, present.head(100))) == {bool}:
        return "boolean"
    if not pd.api.types.is_numeric_dtype(present):
        return "text"
    return "integer" if bool((present % 1 == 0).all()) else "number"


def _wider(one: str, other: str) -> str:
    if not one or not other or one == other:
        return one or other
    return "number" if {one, other} == {"integer", "number"} else "text"
