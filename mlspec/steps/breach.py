"""A broken rule, in words: column, rule, and the first rows that break it, without personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from mlspec.steps.personal import redact
from mlspec.steps.records import Records

_SHOWN: Final = 5
"""so many offending rows are listed for each broken rule"""
_WHOLE: Final = 1e16
"""repr writes larger floats as powers of ten"""


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that is broken: the positions of the rows that break it and what stands there (nothing: untold)."""

    column: str
    rule: str
    rows: tuple[int, ...] = ()
    values: tuple[str, ...] = ()


def show(value: object) -> str:
    """A cell for people."""
    if value is pd.NA:
        return "empty"
    if isinstance(value, float):
        # 15 digits are what every decimal number keeps in a float64, so it looks as it does in the file
        return "empty" if value != value else f"{value:.15g}"  # noqa: PLR0124 NaN
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    return "empty" if value is None or value == "" else repr(value)


def limit(value: float) -> str:
    """A rule's number as it stands in the spec, so that no cell looks as if it kept the rule that it breaks."""
    return repr(int(value)) if float(value).is_integer() and abs(value) < _WHOLE else repr(value)


def tell(breach: Breach, records: Records) -> str:
    """One line of the report."""
    head = f"column {breach.column}: {breach.rule}" if breach.column else breach.rule
    if not breach.rows:
        return head
    shown = [records.place(row) for row in breach.rows[:_SHOWN]]
    if breach.values:
        shown = [f"{line}: {redact(value)}" for line, value in zip(shown, breach.values, strict=False)]
    more = ", …" if len(breach.rows) > _SHOWN else ""
    return f"{head}: {len(breach.rows)} {'row' if len(breach.rows) == 1 else 'rows'} ({', '.join(shown)}{more})"
