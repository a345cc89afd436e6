"""Skew between training and serving: does the bundle's own features function make what was trained on?

It is asked in a process of its own, with the raw test rows as requests have them.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.function import raw_frame
from mlspec.steps.models import SIGNATURE
from mlspec.steps.params import Params
from mlspec.steps.personal import redact
from mlspec.steps.signature import Input, Signature, read_signature
from mlspec.steps.table import TEXT, Table, read_table

SINGLE: Final = 500
"""so many rows are sent one by one, as requests come; all are sent at once, too"""
_CLOSE: Final = 1e-9
"""Relative: sums of many rows and of one may differ in the last places, which is no skew."""
_SHOWN: Final = 5

Row = Mapping[str, Any]


def check_skew(params: Params, folder: Path) -> None:
    """MlspecError that names row and column where served features differ from those of the test rows."""
    signature = read_signature(folder / SIGNATURE)
    if not signature.function:
        return
    path = params.folder / "prepared" / "test.csv"
    wanted = read_table(path, params.data.types | signature.types, exact=True)
    served = serve(folder, signature, read_raw(params, signature))
    found = [
        *_differences(served["single"], wanted, signature.inputs, "sent alone"),
        *_differences(served["batch"], wanted, signature.inputs, "sent with the others"),
    ]
    if found:
        hint = "the function must look at one row at a time, and give the same whenever it is asked"
        count = f"{len(found)} served features differ from those that were trained on"
        raise MlspecError(count, where=signature.function, hint=hint, details=tuple(found[:_SHOWN]))


def read_raw(params: Params, signature: Signature) -> pd.DataFrame:
    """The raw test rows, as the function is given them."""
    path = params.folder / "prepared" / ("raw_test.csv" if params.features else "test.csv")
    table = read_table(path, {each.name: _declared(each) for each in signature.raw}, exact=True)
    for each in signature.raw:
        if each.name not in table.frame.columns:
            raise MlspecError(f"there is no column {each.name}, which {signature.function} takes", where=str(path))
    return raw_frame(table, signature.raw)


def serve(folder: Path, signature: Signature, rows: pd.DataFrame) -> Mapping[str, list[Row]]:
    """What the bundle's function gives for each row alone, and for all at once; MlspecError where it fails."""
    cells = [_cells(rows[each.name], each) for each in signature.raw]
    argv = [sys.executable, "-P", "-m", "mlspec.serving.features", str(folder.absolute()), str(SINGLE)]
    sent = json.dumps(list(zip(*cells, strict=True)), allow_nan=False)
    with TemporaryDirectory(prefix="mlspec-served-") as place:  # where it is served there is no repository
        done = subprocess.run(argv, input=sent, capture_output=True, text=True, check=False, cwd=place)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1]
        raise MlspecError(f"the server can't make features: {last}", where=signature.function)
    answer: Mapping[str, list[Row]] = json.loads(done.stdout)
    return answer


def _declared(column: Input) -> str:
    return "number" if column.type == "integer" and column.nullable else column.type


def _cells(values: pd.Series, column: Input) -> list[Any]:
    """As a client writes them in JSON: what is missing is null."""
    if column.type in TEXT:
        return [None if value == "" and column.nullable else value for value in values]
    return [None if pd.isna(value) else value for value in values.tolist()]


def _differences(served: Sequence[Row], wanted: Table, columns: Sequence[Input], how: str) -> list[str]:
    found = []
    for column in columns:
        cells = wanted.frame[column.name].tolist()
        for row, got in enumerate(served):
            if column.name not in got or not _same(got[column.name], cells[row], text=column.type in TEXT):
                trained, value = _shown(cells[row]), _shown(got.get(column.name))
                found.append(f"test row {row}, column {column.name}: trained on {trained}, served {value} ({how})")
    return found


def _same(served: Any, trained: Any, *, text: bool) -> bool:
    if text:
        return ("" if served is None else str(served)) == str(trained)
    number = math.nan if served is None else float(served)
    if math.isnan(number) or math.isnan(trained):
        return math.isnan(number) and math.isnan(trained)
    return math.isclose(number, trained, rel_tol=_CLOSE, abs_tol=1e-300)


def _shown(value: Any) -> str:
    return "nothing" if value is None or value == "" or value != value else redact(f"{value!r}")  # noqa: PLR0124 NaN
