"""The package step: makes what a user's own command has trained into the model bundle."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from mlspec.errors import MlspecError
from mlspec.steps.archive import canonical_archive
from mlspec.steps.estimators import task_of
from mlspec.steps.features import build_matrix, choose_features, describe_inputs
from mlspec.steps.models import load_model, write_bundle
from mlspec.steps.params import Params, Training
from mlspec.steps.signature import Input, Layout, Signature, Task
from mlspec.steps.table import TEXT, Table, read_table
from mlspec.steps.train import describe_output, with_features


def run(params: Params) -> None:
    """Write the folder model/; MlspecError where the file is no skops file, isn't trusted or doesn't fit the data."""
    training = params.training
    if training.outs:
        keep_files(training.outs, params.folder / "model")
        return
    if training.model is None:
        raise MlspecError("training.outs: the first out must be the model's skops file")
    model = load_model(training.model, training.trust)
    if not hasattr(model, "predict"):
        raise MlspecError(f"holds a {type(model).__name__}, which can't predict", where=str(training.model))
    path = params.folder / "prepared" / "train.csv"
    table = read_table(path, params.data.types, exact=params.features is not None)
    names, layout = _choose(model, training, table)
    inputs = describe_inputs(table, names, params.data, takes_missing=False)
    _check(model, inputs, layout, training.model)
    _try(model, build_matrix(table, inputs, layout, path)[:2], training.model)
    task = _task(model)
    kind, classes = describe_output(model, task)
    signature = with_features(Signature(task, inputs, training.target, kind, classes, layout), params)
    write_bundle(params.folder / "model", canonical_archive(training.model.read_bytes()), signature)


def keep_files(outs: tuple[Path, ...], folder: Path) -> None:
    """Copy what a command wrote as it is: a lone folder's contents, else files and folders by their names."""
    if missing := [out for out in outs if not out.exists()]:
        raise MlspecError("training.command did not write this", where=str(missing[0]))
    names = [out.name for out in outs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise MlspecError(f"training.outs: two of them are called {twice[0]}", hint="give each its own name")
    alone = len(outs) == 1 and outs[0].is_dir()
    for out in sorted(outs[0].iterdir()) if alone else outs:
        _copy(out, folder / out.name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _choose(model: Any, training: Training, table: Table) -> tuple[tuple[str, ...], Layout]:
    """A model that was fitted on a frame names its features; any other takes them as an array."""
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        return _named(tuple(map(str, names)), training, table), "frame"
    return choose_features(training, table.frame.columns), "array"


def _named(names: tuple[str, ...], training: Training, table: Table) -> tuple[str, ...]:
    for name in names:
        if name not in table.frame.columns:
            raise MlspecError(f"needs a column {name}, which the prepared data has not", where=str(training.model))
    if training.target in names:
        found = f"was fitted on the target, {training.target}, as a feature"
        raise MlspecError(found, where=str(training.model), hint="drop the column before you fit")
    return names


def _check(model: Any, inputs: tuple[Input, ...], layout: Layout, path: Path) -> None:
    text = [each.name for each in inputs if each.type in TEXT]
    hint = "fit it on a DataFrame, or see training.features and training.exclude"
    if layout == "array" and text:
        raise MlspecError(f"was fitted on an array, but {', '.join(text)} hold text", where=str(path), hint=hint)
    wanted = getattr(model, "n_features_in_", len(inputs))
    if wanted != len(inputs):
        found = f"takes {wanted} features, but the prepared data has {len(inputs)}"
        raise MlspecError(found, where=str(path), hint=hint)


def _try(model: Any, rows: Any, path: Path) -> None:
    try:
        model.predict(rows)
    except Exception as error:
        found = f"can't predict rows of the prepared data: {type(error).__name__}: {error}"
        raise MlspecError(found, where=str(path)) from error


def _task(model: Any) -> Task:
    return task_of(model) or ("classification" if hasattr(model, "classes_") else "regression")
