"""The prepare step: parts the source into prepared/train.csv and prepared/test.csv, rows and values untouched."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mlspec.errors import MlspecError
from mlspec.steps.files import write_json
from mlspec.steps.leakage import Leak, Parts, find_leaks, report
from mlspec.steps.made import FOLDER, TABLE
from mlspec.steps.moments import read_moments
from mlspec.steps.params import Params, Split
from mlspec.steps.records import Records, read_records
from mlspec.steps.split import draw_groups, draw_newest, draw_stratified, draw_test_rows


def run(params: Params) -> None:
    """Write the two parts; MlspecError where the source can't be read or parted as asked."""
    split = params.split
    records = _read(params)
    parts = part(records, split)
    rows = records if params.features is None else with_features(records, params)
    leaks = find_leaks(replace(parts, records=rows), split, params.training) if split.leakage != "ignore" else []
    _judge(leaks, split, records)
    folder = params.folder / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, whole in [("", rows)] + [("raw_", records)] * (rows is not records):
        _write(folder / f"{prefix}train.csv", whole.text(parts.train))
        _write(folder / f"{prefix}test.csv", whole.text(sorted(parts.test)))
    if split.told:
        write_json(params.folder / "split.json", report(parts, split, leaks))


def _read(params: Params) -> Records:
    """The source; MlspecError where it lacks a column that the spec names, or an estimator's target has empty cells."""
    target = params.training.target
    try:
        records = read_records(params.data.source, pick=dict.fromkeys((target, *params.split.columns)))
    except MlspecError as error:
        named = (field for field, column in _named(params) if error.message == f"there is no column {column}")
        if field := next(named, ""):
            raise MlspecError(f"{field}: {error.message}", where=error.where, hint=error.hint) from error
        raise
    if params.training.estimator is not None:  # a command may know what to do with rows that nobody has labelled
        _refuse_empty(records.picked[target], records, f"training.target: {target}", "drop these rows")
    return records


def _named(params: Params) -> Iterator[tuple[str, str | None]]:
    """Fields of the spec and the columns that they name."""
    split = params.split
    yield "training.target", params.training.target
    yield "split.stratify", split.stratify
    yield "split.group", split.group
    yield "split.time.column", split.time[0] if split.time else None


def with_features(records: Records, params: Params) -> Records:
    """The features of each row, which the function made in the same order, with the target beside them."""
    path = params.folder / FOLDER / TABLE
    made, target = read_records(path), params.training.target
    if len(made.rows) != len(records.rows):
        raise MlspecError(f"has {len(made.rows)} rows, the source has {len(records.rows)}", where=str(path))
    truth = read_records(params.data.source, pick=[target]).picked[target]
    rows = tuple(_beside(row, text) for row, text in zip(made.rows, truth, strict=True))
    header = _beside(made.header, target)
    return replace(records, columns=(*made.columns, target), header=header, rows=rows)


def _beside(row: str, text: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([text])
    return f"{row.rstrip(chr(10))},{out.getvalue()}"


def part(records: Records, split: Split) -> Parts:
    """Which rows are for testing; MlspecError where they can't be parted as asked."""
    if split.time is not None:
        column, test = split.time
        moments = read_moments(records.picked[column], records.lines, column)
        return Parts(records, draw_newest(moments, test), moments)
    if split.group is not None:
        groups = records.picked[split.group]
        _refuse_empty(groups, records, f"split.group: {split.group}", "say to which group they belong, or drop them")
        return Parts(records, draw_groups(groups, split.test, split.seed), ())
    if split.stratify is not None:
        return Parts(records, draw_stratified(records.picked[split.stratify], split.test, split.seed), ())
    return Parts(records, draw_test_rows(len(records.rows), split.test, split.seed), ())


def _refuse_empty(cells: Sequence[str], records: Records, what: str, hint: str) -> None:
    empty = [row for row, cell in enumerate(cells) if not cell]
    if empty:
        count = "1 row" if len(empty) == 1 else f"{len(empty)} rows"
        found = f"{what} is empty in {count}, the first in {records.place(empty[0])}"
        raise MlspecError(found, where=str(records.path), hint=hint)


def _judge(leaks: Sequence[Leak], split: Split, records: Records) -> None:
    """Say what leaks, or end here where the spec says so."""
    found = [leak.words for leak in leaks if leak.count]
    if found and split.leakage == "fail":
        hint = "drop the rows, keep what belongs together by split.group, or set split.leakage: warn"
        raise MlspecError("split.leakage: the parts touch", where=str(records.path), hint=hint, details=tuple(found))
    for words in found:
        sys.stderr.write(f"warning: split.leakage: {words}\n")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
