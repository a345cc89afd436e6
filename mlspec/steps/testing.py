"""A model bundle, and the test rows as it takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.features import build_matrix, read_target, refuse_missing
from mlspec.steps.models import MODEL, ONNX, REFUSED, SIGNATURE, lacks, load_model
from mlspec.steps.params import Params
from mlspec.steps.signature import Signature, read_signature
from mlspec.steps.table import Table, read_table
from mlspec.steps.trial import Trial


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model as it is registered and served."""

    folder: Path
    signature: Signature
    model: Any


@dataclass(frozen=True, slots=True)
class TestRows:
    """prepared/test.csv (or another table) as a table, as the model's matrix, and the truth."""

    __test__ = False  # no class of tests, whatever its name

    path: Path
    table: Table
    matrix: Any
    truth: np.ndarray[Any, Any]

    def trial(self, bundle: Bundle) -> Trial:
        """The bundle's model tried on these rows."""
        return Trial(bundle.model, self.matrix, self.truth)


def open_bundle(params: Params, folder: Path) -> Bundle:
    """Load a bundle, to run on one thread; MlspecError where it predicts something else or isn't trusted."""
    signature = read_signature(folder / SIGNATURE)
    if signature.target != params.training.target:
        raise MlspecError(f"predicts {signature.target}, not {params.training.target}", where=str(folder))
    return Bundle(folder, signature, _open_model(params, folder, signature))


def candidate_folder(params: Params) -> Path:
    """What would be registered; the fitted model, where that could not be had in the format of the spec."""
    refused = (params.bundle / REFUSED).exists()
    return params.folder / "model" if refused else params.bundle


def open_candidate(params: Params) -> Bundle:
    """The bundle that would be registered, or what stands in for it."""
    return open_bundle(params, candidate_folder(params))


def _open_model(params: Params, folder: Path, signature: Signature) -> Any:
    if (folder / ONNX).exists():
        return _open_onnx(folder / ONNX, signature)
    model = load_model(folder / MODEL, params.training.trust)
    use_one_thread(model)
    return model


def _open_onnx(path: Path, signature: Signature) -> Any:
    try:
        # an extra, and half a second
        from mlspec.steps.onnx.run import OnnxModel  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise lacks(error) from error
    return OnnxModel(path, signature)


def load_rows(params: Params, signature: Signature, name: str = "test.csv") -> TestRows:
    """Read rows of the prepared data; MlspecError where they are not what the model takes."""
    path = params.folder / "prepared" / name
    table = read_table(path, params.data.types | signature.types, exact=params.features is not None)
    return rows_of(table if params.features is None else _with_raw(table, params, path), signature, path)


def sent_table(params: Params, signature: Signature) -> Table:
    """The test rows with the columns that requests have."""
    if not signature.function:
        return load_rows(params, signature).table
    path = params.folder / "prepared" / "raw_test.csv"
    return read_table(path, params.data.types | {each.name: each.type for each in signature.sent}, exact=True)


def _with_raw(table: Table, params: Params, path: Path) -> Table:
    """The raw columns beside the features, so that rows can be parted by columns that no model sees."""
    raw = path.with_name(f"raw_{path.name}")
    if not raw.exists():
        return table
    more = read_table(raw, params.data.types, exact=True)
    names = [name for name in more.frame.columns if name not in table.frame.columns]
    frame = pd.concat([table.frame, more.frame[names]], axis=1)
    return replace(table, frame=frame, types={**{name: more.types[name] for name in names}, **table.types})


def rows_of(table: Table, signature: Signature, path: Path) -> TestRows:
    """A table's rows as the model takes them; MlspecError where they are not what it takes."""
    matrix = build_matrix(table, signature.inputs, signature.layout, path)
    if not all(each.nullable for each in signature.inputs):
        refuse_missing(table, tuple(each for each in signature.inputs if not each.nullable), path, "the model")
    return TestRows(path, table, matrix, read_target(table, signature.target, path))


def use_one_thread(model: Any) -> None:
    """Threads add a forest's votes in an order of their own, which gives other last digits each time."""
    found = model.get_params() if hasattr(model, "get_params") else {}
    jobs = {name: 1 for name in found if name.rpartition("__")[2] == "n_jobs"}
    if jobs:
        model.set_params(**jobs)
