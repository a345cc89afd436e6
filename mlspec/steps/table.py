"""Typed columns from CSV text: numbers, booleans and text, and which cells are not of their column's type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.personal import redact

_FLOATS: Final = 2.0**53
"""Whole numbers below are all different in float64 (IEEE 754)."""
TEXT: Final = frozenset({"category", "string"})
_TRUTH: Final = {"True": 1.0, "TRUE": 1.0, "true": 1.0, "1": 1.0, "False": 0.0, "FALSE": 0.0, "false": 0.0, "0": 0.0}
_MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns as they were declared or look like: float64 for numbers and booleans, text as `str` objects.

    In columns of numbers an empty cell or one of a few words (NA, NaN, null, None…) is missing (NaN); in text only
    the empty cell is, and it stays the empty text. `wrong` marks the cells that are not of the declared type.
    """

    frame: pd.DataFrame
    types: Mapping[str, str]
    wrong: Mapping[str, pd.Series[bool]]
    texts: Mapping[str, pd.Series[str]]
    """the text of the columns that hold a wrong cell"""
    long: Mapping[str, pd.Series] = field(default_factory=dict)
    """the columns of whole numbers of which some are more than float64 can tell apart, such as 64-bit ids"""

    @property
    def exact(self) -> pd.DataFrame:
        """The columns with every whole number as it stands: what rules judge. Models are trained on `frame`."""
        return self.frame.assign(**self.long) if self.long else self.frame


def read_table(source: Path | StringIO, declared: Mapping[str, str], *, exact: bool = False) -> Table:
    """Read CSV text; `declared` gives some columns' types, the others' are inferred (whole numbers as integer).

    `exact`: each number is the one nearest to its text, as JSON's are; some releases of pandas are off in the last
    place now and then.
    """
    columns = _header(source)
    text = [name for name in columns if declared.get(name) in TEXT]
    frame = _read(source, dict.fromkeys(text, str), [name for name in columns if name not in text])
    vague = [name for name in columns if name not in text and not _is_typed(frame[name])]
    texts = _read(source, dict.fromkeys(vague, str), (), vague) if vague else pd.DataFrame()
    for name in vague:
        frame[name] = _parse(texts[name], declared.get(name)) if name in declared else texts[name]
    if exact:
        floats = [name for name in columns if name not in vague and pd.api.types.is_float_dtype(frame[name])]
        again = _read(source, dict.fromkeys(floats, str), (), floats) if floats else pd.DataFrame()
        for name in floats:
            frame[name] = [math.nan if text in _MISSING else float(text) for text in again[name]]
    types = {name: declared.get(name) or _infer(frame[name]) for name in columns}
    wrong = {name: _wrong(frame[name], types[name], texts.get(name)) for name in columns if types[name] not in TEXT}
    wrong = {name: mask for name, mask in wrong.items() if mask.any()}
    return Table(_plain(frame, types), types, wrong, _texts(source, wrong), _long(source, frame, types, wrong))


def refuse_wrong(table: Table, names: Iterable[str], where: Path) -> None:
    """MlspecError where a cell of these columns isn't of its column's type."""
    for name in names:
        if name in table.wrong:
            value = table.texts[name][table.wrong[name]].iloc[0]
            found = f"column {name} is of type {table.types[name]}, but holds {redact(repr(value))}"
            raise MlspecError(found, where=str(where), hint="declare its type in data.validation.columns")


def cells_unlike_the_rest(texts: pd.Series[str]) -> list[int]:
    """Of a column of texts that are mostly numbers, the positions of those that are none; else nothing."""
    text = ~texts.isin(_MISSING) & pd.to_numeric(texts, errors="coerce").isna()
    return [int(row) for row in text[text].index] if 2 * text.sum() < len(texts) else []


def _header(source: Path | StringIO) -> list[str]:
    _rewind(source)
    return list(pd.read_csv(source, nrows=0).columns)


def _rewind(source: Path | StringIO) -> None:
    """A text in memory is read from its start, wherever it was written or read to."""
    if isinstance(source, StringIO):
        source.seek(0)


def _read(
    source: Path | StringIO,
    dtype: Mapping[str, type],
    numeric: Iterable[str],
    only: list[str] | None = None,
) -> pd.DataFrame:
    _rewind(source)
    missing = {name: list(_MISSING) for name in numeric}
    return pd.read_csv(
        source,
        dtype=dict(dtype),
        usecols=only,
        na_values=missing,
        keep_default_na=False,
        skip_blank_lines=False,
        low_memory=False,
    )


def _is_typed(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def _infer(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(column) else "category"


def _parse(text: pd.Series[str], kind: str | None) -> pd.Series[float]:
    if kind == "boolean":
        return text.map(_TRUTH).astype("float64")
    return pd.to_numeric(text.mask(text.isin(_MISSING)), errors="coerce").astype("float64")


def _wrong(column: pd.Series, kind: str, text: pd.Series[str] | None) -> pd.Series[bool]:
    values = column.astype("float64")
    wrong = values.abs() == np.inf
    if text is not None:
        wrong |= values.isna() & ~text.isin(_MISSING)
    if kind == "integer":
        wrong |= values.notna() & (values % 1 != 0)
    if kind == "boolean":
        wrong |= values.notna() & ~values.isin([0, 1])
    return wrong


def _plain(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    return frame.astype({name: object if kind in TEXT else "float64" for name, kind in types.items()})


def _long(
    source: Path | StringIO, frame: pd.DataFrame, types: Mapping[str, str], wrong: Mapping[str, object]
) -> dict[str, pd.Series]:
    whole = [name for name, kind in types.items() if kind == "integer" and name not in wrong]
    names = [name for name in whole if (frame[name].abs() >= _FLOATS).any()]
    if not names:
        return {}
    texts = _read(source, dict.fromkeys(names, str), (), names)
    return {name: _whole(texts[name]) for name in names}


def _whole(texts: pd.Series[str]) -> pd.Series:
    numbers = [None if text in _MISSING else int(Decimal(text.strip())) for text in texts]
    present = [number for number in numbers if number is not None]
    if min(present) >= -(2**63) and max(present) < 2**63:
        return pd.Series(numbers, dtype="Int64")
    return pd.Series(numbers, dtype="UInt64" if min(present) >= 0 and max(present) < 2**64 else "object")


def _texts(source: Path | StringIO, wrong: Mapping[str, object]) -> dict[str, pd.Series[str]]:
    names = list(wrong)
    return dict(_read(source, dict.fromkeys(names, str), (), names).items()) if names else {}  # type: ignore[arg-type]
