"""The test rows as another version takes them: with its own features function, or without one."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from mlspec.steps.features import read_target
from mlspec.steps.models import SIGNATURE
from mlspec.steps.params import Params
from mlspec.steps.signature import Signature, read_signature
from mlspec.steps.skew import read_raw, serve
from mlspec.steps.table import read_table
from mlspec.steps.testing import Bundle, TestRows, load_rows, rows_of


def rows_of_other(params: Params, other: Bundle) -> TestRows:
    """Read this model's test rows for another version's model; MlspecError where they are not what it takes.

    They are parted by this model's own columns, raw ones and features, as slices are compared with each other.
    """
    found = _rows(params, other)
    if not params.evaluation.slices or (params.features is None and not other.signature.function):
        return found
    ours = read_signature(params.folder / "model" / SIGNATURE)
    return replace(found, table=load_rows(params, ours).table)


def _rows(params: Params, other: Bundle) -> TestRows:
    name = "raw_test.csv" if params.features else "test.csv"
    if not other.signature.function:
        return load_rows(params, other.signature, name)
    path = params.folder / "prepared" / name
    made = serve(other.folder, other.signature, read_raw(params, other.signature))["batch"]
    raw = read_table(path, params.data.types | _target(other.signature), exact=True)
    out = io.StringIO()
    columns = [each.name for each in other.signature.inputs]
    writer = csv.DictWriter(out, [*columns, other.signature.target], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row, truth in zip(made, read_target(raw, other.signature.target, path).tolist(), strict=True):
        writer.writerow({**row, other.signature.target: truth})
    written = io.StringIO(out.getvalue())
    return rows_of(read_table(written, other.signature.types, exact=True), other.signature, path)


def _target(signature: Signature) -> dict[str, str]:
    return {signature.target: signature.types[signature.target]}
