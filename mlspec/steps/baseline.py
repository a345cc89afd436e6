"""The simpler model that a spec names as its baseline: trained on the rows and columns of the model itself."""

from __future__ import annotations

from typing import Any

from mlspec.errors import MlspecError
from mlspec.steps.estimators import build_pipeline, make_estimator, task_of
from mlspec.steps.params import Params
from mlspec.steps.signature import Signature
from mlspec.steps.testing import load_rows, use_one_thread


def train_baseline(params: Params, signature: Signature) -> Any:
    """Fit it; MlspecError where the estimator is for another task, or does not fit the data."""
    simpler = params.evaluation.baseline
    assert simpler is not None
    try:
        estimator = make_estimator(simpler.estimator, simpler.params)
    except MlspecError as error:
        raise MlspecError(error.message.replace("training.", "evaluation.baseline."), hint=error.hint) from error
    if task_of(estimator) not in {None, signature.task}:
        found = (
            f"evaluation.baseline: {simpler.estimator} is for {task_of(estimator)}, the model is for {signature.task}"
        )
        raise MlspecError(found, hint=f"choose one for {signature.task}")
    rows = load_rows(params, signature, "train.csv")
    model = build_pipeline(estimator, signature.inputs, signature.layout)
    use_one_thread(model)
    try:
        return model.fit(rows.matrix, rows.truth)
    except (ValueError, TypeError) as error:
        raise MlspecError(f"evaluation.baseline: training failed: {error}") from error
