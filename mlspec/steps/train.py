"""The train step: fits a scikit-learn estimator on prepared/train.csv and writes the model bundle."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np

from mlspec.errors import MlspecError
from mlspec.steps.estimators import build_pipeline, make_estimator, task_of
from mlspec.steps.features import (
    build_matrix,
    choose_features,
    choose_layout,
    describe_inputs,
    read_target,
    refuse_missing,
)
from mlspec.steps.made import read_inputs
from mlspec.steps.models import dump_model, write_bundle
from mlspec.steps.params import Params, Search
from mlspec.steps.signature import Input, Signature, Task
from mlspec.steps.table import Table, read_table


def run(params: Params) -> None:
    """Write the folder model/; MlspecError where the estimator, its params or the data don't fit."""
    training = params.training
    estimator = make_estimator(training.estimator or "", training.params)
    task = task_of(estimator)
    if task is None:
        raise MlspecError(f"training.estimator: {training.estimator} is neither a classifier nor a regressor")
    path = params.folder / "prepared" / "train.csv"
    table = read_table(path, params.data.types, exact=params.features is not None)
    takes_missing = bool(estimator.__sklearn_tags__().input_tags.allow_nan)
    names = choose_features(training, table.frame.columns)
    inputs = describe_inputs(table, names, params.data, takes_missing=takes_missing)
    _refuse_text(inputs, path)
    if not takes_missing:
        refuse_missing(table, inputs, path, type(estimator).__name__)
    target = _read_target(table, training.target, task, path)
    layout = choose_layout(inputs)
    model, matrix = build_pipeline(estimator, inputs, layout), build_matrix(table, inputs, layout, path)
    if training.search is not None:
        estimator = _search(params, training.search, model, matrix, target)
        model = build_pipeline(estimator, inputs, layout)
    _fit(model, matrix, target)
    kind, classes = describe_output(model, task)
    signature = with_features(Signature(task, inputs, training.target, kind, classes, layout), params)
    write_bundle(params.folder / "model", dump_model(model), signature)
    _report(estimator, table, inputs)


def with_features(signature: Signature, params: Params) -> Signature:
    """The signature as requests see it, where a function of the user's makes the inputs."""
    if params.features is None:
        return signature
    return replace(signature, function=params.features.function, raw=read_inputs(params.folder))


def describe_output(model: Any, task: Task) -> tuple[str, tuple[Any, ...] | None]:
    """The type of what a model predicts, and its classes where it has some."""
    if task == "regression":
        return "number", None
    classes = np.asarray(model.classes_)
    kind = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}.get(classes.dtype.kind, "string")
    return kind, tuple(classes.tolist())


def _refuse_text(inputs: tuple[Input, ...], path: Path) -> None:
    for each in inputs:
        if each.type == "string":
            hint = "declare it as a category, or add it to training.exclude"
            raise MlspecError(f"column {each.name} is free text, no feature", where=str(path), hint=hint)


def _read_target(table: Table, name: str, task: Task, path: Path) -> np.ndarray[Any, Any]:
    target = read_target(table, name, path)
    if task == "regression" and target.dtype.kind not in "iuf":
        found = f"the target {name} holds no numbers, but training.estimator is a regressor"
        raise MlspecError(found, where=str(path), hint="choose a classifier")
    if task == "classification" and target.dtype.kind == "f":
        found = f"the target {name} holds numbers with fractions, but training.estimator is a classifier"
        raise MlspecError(found, where=str(path), hint="choose a regressor, or declare the column as a category")
    return target.astype("float64") if task == "regression" else target


def _search(params: Params, search: Search, model: Any, matrix: Any, target: np.ndarray[Any, Any]) -> Any:
    """An estimator made anew with the params that the search found, so that it is as if they stood in the spec."""
    # a search imports more of scikit-learn than a plain training needs
    from mlspec.steps.folds import make_folds  # noqa: PLC0415
    from mlspec.steps.search import Score, find_best, write_trials  # noqa: PLC0415

    training = params.training
    task = task_of(model[-1])
    make_estimator(training.estimator or "", {**training.params, **dict.fromkeys(search.space)})
    score = Score(search.metric, task or "classification")
    # what rows are parted by may be a column that the features function drops
    rows_as_they_came = params.folder / "prepared" / ("train.csv" if params.features is None else "raw_train.csv")
    folds = make_folds(search, score.task, target, params.split, rows_as_they_came)
    best, rows = find_best(model, (matrix, target), search, score, folds)
    write_trials(params.folder, search, best, rows)
    shown = ", ".join(f"{name} {value}" for name, value in best.items())
    sys.stderr.write(f"searched {len(rows)} trials: the best has {shown}\n")
    return make_estimator(training.estimator or "", {**training.params, **best})


def _fit(model: Any, matrix: Any, target: np.ndarray[Any, Any]) -> None:
    try:
        with _threads():
            model.fit(matrix, target)
    except (ValueError, TypeError) as error:
        raise MlspecError(f"training failed: {error}", hint="see training.params") from error


@contextmanager
def _threads() -> Iterator[None]:
    """As many as training.compute.cpu says, for the parts of scikit-learn that work in parallel without being told.

    It is said from outside: n_jobs as a param would be a part of the model's file.
    """
    cpus = os.environ.get("MLSPEC_CPUS")
    with joblib.parallel_config(n_jobs=int(cpus)) if cpus else nullcontext():
        yield


def _report(estimator: Any, table: Table, inputs: tuple[Input, ...]) -> None:
    name = type(estimator).__name__
    sys.stderr.write(f"trained {name} on {len(table.frame)} rows and {len(inputs)} features\n")
    if inspect.signature(type(estimator)).parameters.get("random_state") and estimator.random_state is None:
        sys.stderr.write("note: training.params.random_state is not set, another run may give another model\n")
