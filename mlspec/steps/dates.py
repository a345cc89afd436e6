"""Rules of columns of dates and times: that they are some, and which ones are allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from mlspec.domain.moments import DATES, moment
from mlspec.steps.breach import Breach
from mlspec.steps.params import Data, Rule
from mlspec.steps.table import Table


def find_date_breaches(table: Table, data: Data) -> Iterator[Breach]:
    """Cells that are no dates, and dates too early or too late; an empty cell is for other rules."""
    for name, rule in data.rules.items():
        if rule.type in DATES and name in table.frame.columns:
            cells = table.frame[name]
            yield from _column(name, rule, cells[cells != ""])


def _column(name: str, rule: Rule, cells: pd.Series[str]) -> Iterator[Breach]:
    kind = str(rule.type)
    known = {text: moment(text, kind, rule.format) for text in cells.unique()}
    moments = cells.map(known).astype("float64")
    word = f"type {kind}" + (f", format {rule.format}" if rule.format else "")
    yield from _told(name, word, cells[moments.isna()])
    for limit, bound, sign in (("min", rule.min, 1.0), ("max", rule.max, -1.0)):
        place = moment(str(bound)) if bound is not None else math.nan
        yield from _told(name, f"{limit} {bound}", cells[(moments - place) * sign < 0])


def _told(name: str, word: str, cells: pd.Series[str]) -> Iterator[Breach]:
    if len(cells):
        yield Breach(name, word, tuple(map(int, cells.index)), tuple(map(repr, cells)))
