"""The validate step: checks the source by the spec's rules and writes what it holds to validation.json."""

from __future__ import annotations

from io import StringIO

import pandas as pd

from mlspec.domain.digest import JSON
from mlspec.domain.moments import DATES
from mlspec.errors import MlspecError
from mlspec.steps.breach import tell
from mlspec.steps.files import write_json
from mlspec.steps.params import Data, Params
from mlspec.steps.records import Records, read_records
from mlspec.steps.rules import find_breaches
from mlspec.steps.table import TEXT, Table, read_table


def run(params: Params) -> None:
    """Write validation.json; MlspecError, and nothing written, where a rule is broken."""
    records = read_records(params.data.source)
    table = read_table(StringIO(records.text()), params.data.types)
    if breaches := find_breaches(table, params.data, _texts(records, params.data)):
        raise MlspecError(
            f"{len(breaches)} of the rules in data.validation are broken"
            if len(breaches) > 1
            else "a rule in data.validation is broken",
            where=str(records.path),
            details=tuple(tell(breach, records) for breach in breaches),
        )
    write_json(params.folder / "validation.json", _report(params, table))


def _texts(records: Records, data: Data) -> pd.DataFrame | None:
    """Every cell as it stands, where something must not be in one."""
    policies = {data.personal_data, *(rule.personal_data for rule in data.rules.values())}
    if "forbid" not in policies:
        return None
    return pd.read_csv(StringIO(records.text()), dtype=str, keep_default_na=False, skip_blank_lines=False)


def _report(params: Params, table: Table) -> JSON:
    kinds = {**table.types, **{name: rule.type for name, rule in params.data.rules.items() if rule.type in DATES}}
    return {
        "format": 1,
        "source": params.data.source.as_posix(),
        "rows": len(table.frame),
        "columns": [_summary(name, table.exact[name], kinds[name]) for name in table.frame.columns],
    }


def _summary(name: str, column: pd.Series, kind: str) -> JSON:
    """Only what is exact: a mean's last digit may differ from machine to machine, and this file is committed."""
    missing = column == "" if kind in TEXT | DATES else column.isna()
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
