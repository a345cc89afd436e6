"""The cost step: what the model and its baseline cost, a training and a prediction of one row each."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Any, Final

from mlspec.steps.baseline import train_baseline
from mlspec.steps.params import Params
from mlspec.steps.testing import load_rows, open_bundle

_CALLS: Final = 300
_SECONDS: Final = 3.0


def run(params: Params, folder: Path) -> dict[str, float]:
    """Milliseconds of a prediction of each, and the seconds of the baseline's training.

    These are counted from the start of this process, as those of a train stage are: interpreter, imports, data, fit.
    """
    bundle = open_bundle(params, folder)
    simpler = train_baseline(params, bundle.signature)
    seconds = time.time() - float(os.environ.get("MLSPEC_STARTED", time.time()))
    rows = load_rows(params, bundle.signature)
    ours, theirs = _milliseconds([bundle.model, simpler], rows.matrix)
    return {"predict_ms": ours, "baseline_predict_ms": theirs, "baseline_training_seconds": seconds}


def _milliseconds(models: list[Any], matrix: Any) -> list[float]:
    """The median time of predicting one row, the models in turn, so that a busy moment is the same for all."""
    times: list[list[float]] = [[] for _ in models]
    started = time.perf_counter()
    for call in range(_CALLS):
        row = call % len(matrix)
        for model, known in zip(models, times, strict=True):
            before = time.perf_counter()
            model.predict(matrix[row : row + 1])
            known.append(time.perf_counter() - before)
        if call >= len(models) * 10 and time.perf_counter() - started > _SECONDS:
            break
    return [statistics.median(known) * 1000 for known in times]
