"""The evaluate step: the model's metrics on prepared/test.csv, written to metrics.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlspec.errors import MlspecError
from mlspec.steps.features import build_matrix, read_target, refuse_missing
from mlspec.steps.files import write_json
from mlspec.steps.models import MODEL, SIGNATURE, bundle_size, load_model
from mlspec.steps.params import Params
from mlspec.steps.scores import Trial, measure
from mlspec.steps.signature import read_signature
from mlspec.steps.table import read_table


def run(params: Params) -> None:
    """Write metrics.json; MlspecError where a metric can't be measured."""
    write_json(params.folder / "metrics.json", measure_bundle(params, params.folder / "model"))


def measure_bundle(params: Params, folder: Path) -> dict[str, float]:
    """The metrics of a model bundle on this model's test rows, and its size in bytes."""
    signature = read_signature(folder / SIGNATURE)
    if signature.target != params.training.target:
        raise MlspecError(f"predicts {signature.target}, not {params.training.target}", where=str(folder))
    model = load_model(folder / MODEL, params.training.trust)
    _use_one_thread(model)
    path = params.folder / "prepared" / "test.csv"
    table = read_table(path, signature.types)
    rows = build_matrix(table, signature.inputs, signature.layout, path)
    if not all(each.nullable for each in signature.inputs):
        refuse_missing(table, tuple(each for each in signature.inputs if not each.nullable), path, "the model")
    trial = Trial(model, rows, read_target(table, signature.target, path))
    names = [name for name in params.metrics if name != "model_size"]
    return {name: measure(name, trial, signature.task) for name in names} | {"model_size": bundle_size(folder)}


def _use_one_thread(model: Any) -> None:
    """Threads add a forest's votes in an order of their own, which gives other last digits each time."""
    found = model.get_params() if hasattr(model, "get_params") else {}
    jobs = {name: 1 for name in found if name.rpartition("__")[2] == "n_jobs"}
    if jobs:
        model.set_params(**jobs)
