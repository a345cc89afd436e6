"""The prepare step: parts the source into prepared/train.csv and prepared/test.csv, rows and values untouched."""

from __future__ import annotations

from pathlib import Path

from mlspec.errors import MlspecError
from mlspec.steps.params import Params, Split
from mlspec.steps.records import Records, did_you_mean, read_records
from mlspec.steps.split import draw_stratified, draw_test_rows


def run(params: Params) -> None:
    """Write the two parts; MlspecError where the source can't be read or parted as asked."""
    records = read_records(params.data.source, pick=params.split.stratify)
    if (target := params.training.target) not in records.columns:
        found = f"training.target: there is no column {target}"
        raise MlspecError(found, where=str(records.path), hint=did_you_mean(target, records.columns))
    test = _draw(records, params.split)
    folder = params.folder / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    rows = range(len(records.rows))
    _write(folder / "train.csv", records.text(row for row in rows if row not in test))
    _write(folder / "test.csv", records.text(row for row in rows if row in test))


def _draw(records: Records, split: Split) -> set[int]:
    if split.stratify is None:
        return draw_test_rows(len(records.rows), split.test, split.seed)
    return draw_stratified(records.picked, split.test, split.seed)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
