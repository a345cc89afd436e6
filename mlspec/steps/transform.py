"""The transform step: the user's function on all raw rows, into features/table.csv beside what it takes."""

from __future__ import annotations

from io import StringIO

from mlspec.errors import MlspecError
from mlspec.steps.files import write_json
from mlspec.steps.function import derive, load_function, raw_frame, raw_inputs
from mlspec.steps.made import FOLDER, INPUTS, TABLE
from mlspec.steps.params import Features, Params
from mlspec.steps.records import did_you_mean, read_records
from mlspec.steps.table import read_table, refuse_wrong


def run(params: Params) -> None:
    """Write the folder features/; MlspecError where a column is missing or the function fails."""
    assert params.features is not None
    records = read_records(params.data.source)
    table = read_table(StringIO(records.text()), params.data.types, exact=True)
    names = _names(params.features, records.columns, params.training.target)
    refuse_wrong(table, names, records.path)
    inputs = raw_inputs(table, names, params.data.types)
    name = params.features.function
    made = derive(load_function(name), raw_frame(table, inputs), name)
    if params.training.target in made.columns:
        hint = "the target is put beside the features afterwards"
        raise MlspecError(f"features.function: {name} gives the target, {params.training.target}", hint=hint)
    folder = params.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    made.to_csv(folder / TABLE, index=False, lineterminator="\n")
    write_json(folder / INPUTS, {"format": 1, "inputs": [each.to_json() for each in inputs]})


def _names(features: Features, columns: tuple[str, ...], target: str) -> tuple[str, ...]:
    for name in features.inputs or ():
        if name not in columns:
            raise MlspecError(f"features.inputs: there is no column {name}", hint=did_you_mean(name, columns))
    return features.inputs or tuple(name for name in columns if name != target)
