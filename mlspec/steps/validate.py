"""The validate step: checks the source by the spec's rules and writes what it holds to validation.json."""

from __future__ import annotations

from io import StringIO
from typing import Final

import pandas as pd

from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError
from mlspec.steps.files import write_json
from mlspec.steps.params import Params
from mlspec.steps.records import Records, read_records
from mlspec.steps.rules import Breach, find_breaches
from mlspec.steps.table import TEXT, Table, read_table

_SHOWN: Final = 5
"""so many offending rows are listed for each broken rule"""


def run(params: Params) -> None:
    """Write validation.json; MlspecError, and nothing written, where a rule is broken."""
    records = read_records(params.data.source)
    table = read_table(StringIO(records.text()), params.data.types)
    if breaches := find_breaches(table, params.data):
        raise MlspecError(
            f"{len(breaches)} of the rules in data.validation are broken"
            if len(breaches) > 1
            else "a rule in data.validation is broken",
            where=str(records.path),
            details=tuple(_tell(breach, records) for breach in breaches),
        )
    write_json(params.folder / "validation.json", _report(params, table))


def _tell(breach: Breach, records: Records) -> str:
    head = f"column {breach.column}: {breach.rule}" if breach.column else breach.rule
    if not breach.rows:
        return head
    shown = zip(breach.rows[:_SHOWN], breach.values, strict=False)
    rows = ", ".join(f"line {records.lines[row]}: {value}" for row, value in shown)
    more = ", …" if len(breach.rows) > _SHOWN else ""
    return f"{head}: {len(breach.rows)} {'row' if len(breach.rows) == 1 else 'rows'} ({rows}{more})"


def _report(params: Params, table: Table) -> JSON:
    return {
        "format": 1,
        "source": params.data.source.as_posix(),
        "rows": len(table.frame),
        "columns": [_summary(name, table.frame[name], table.types[name]) for name in table.frame.columns],
    }


def _summary(name: str, column: pd.Series, kind: str) -> JSON:
    """Only what is exact: a mean's last digit may differ from machine to machine, and this file is committed."""
    missing = column == "" if kind in TEXT else column.isna()
    present = column[~missing]
    facts: dict[str, JSON] = {
        "name": name,
        "type": kind,
        "missing": int(missing.sum()),
        "distinct": int(present.nunique()),
    }
    if kind in {"number", "integer"} and len(present):
        least, most = present.min(), present.max()
        facts |= (
            {"min": int(least), "max": int(most)} if kind == "integer" else {"min": float(least), "max": float(most)}
        )
    return facts
