"""Checks of the training code: can it overfit a few rows, and does it fall to chance when the labels are shuffled?"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from mlspec.errors import MlspecError
from mlspec.steps.params import Params
from mlspec.steps.retrain import trained_on
from mlspec.steps.scores import measure_if_defined
from mlspec.steps.testing import Bundle, load_rows, open_bundle

_FITTED: Final = {"classification": "accuracy", "regression": "r2"}
_SKILL: Final = {"classification": "balanced_accuracy", "regression": "r2"}


def run_checks(params: Params, bundle: Bundle) -> dict[str, float]:
    """Name → value of the checks that are asked for; MlspecError where a training fails."""
    checks = params.evaluation.checks
    found: dict[str, float] = {}
    if checks.rows is not None:
        found["overfit_one_batch"] = _named("overfit_one_batch", _overfit, params, checks.rows)
    if checks.repeats is not None and (skill := _skill(params, bundle)) > 0:
        left = [_named("label_shuffle", _shuffled, params, seed) for seed in range(checks.repeats)]
        found["label_shuffle"] = float(np.mean(left)) / skill
    return found


def _named(name: str, check: Any, params: Params, value: int) -> float:
    try:
        return float(check(params, value))
    except MlspecError as error:
        what = f"evaluation.checks.{name}: {error.message}"
        raise MlspecError(what, where=error.where, hint=error.hint, details=error.details) from error


def _overfit(params: Params, count: int) -> float:
    """The score on the few rows that the model was trained on: accuracy, or r2."""
    few = _batch(_read(params, "train.csv"), params.training.target, count)
    with trained_on(params, few, few) as there:
        bundle = open_bundle(there, there.folder / "model")
        trial = load_rows(there, bundle.signature).trial(bundle)
        value = measure_if_defined(_FITTED[bundle.signature.task], trial)
    if value is None:
        raise MlspecError(f"nothing can be measured on {count} rows", hint="more rows")
    return value


def _shuffled(params: Params, seed: int) -> float:
    """The skill on the test rows of a model whose training labels were shuffled."""
    rows, target = _read(params, "train.csv"), params.training.target
    # the legacy generator, as only its stream is promised to stay the same (NEP 19)
    rows[target] = np.random.RandomState(seed).permutation(rows[target].to_numpy())
    with trained_on(params, rows, _read(params, "test.csv")) as there:
        return _skill(there, open_bundle(there, there.folder / "model"))


def _skill(params: Params, bundle: Bundle) -> float:
    """How far a model is above chance on the test rows: balanced accuracy less 1/classes, or r2."""
    task = bundle.signature.task
    value = measure_if_defined(_SKILL[task], load_rows(params, bundle.signature).trial(bundle)) or 0.0
    return value - 1 / len(bundle.signature.classes or ()) if task == "classification" else value


def _batch(rows: pd.DataFrame, target: str, count: int) -> pd.DataFrame:
    """So many rows, taken from each value of the target in turn where there are few values."""
    if rows[target].nunique() <= count // 2:
        turn = rows.groupby(target, sort=True).cumcount()
        rows = rows.iloc[np.lexsort((rows.index, turn))]
    return rows.head(count).sort_index()


def _read(params: Params, name: str) -> pd.DataFrame:
    """Prepared rows as text, so that what is written again is what was read."""
    return pd.read_csv(params.folder / "prepared" / name, dtype=str, keep_default_na=False)
