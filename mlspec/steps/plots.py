"""Plots of an evaluation as DVC draws them: small CSV files that git keeps with the version."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve

from mlspec.errors import MlspecError
from mlspec.steps.trial import Trial, Unfit

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]

_POINTS: Final = 200
"""Points of a curve; more are thinned evenly, ends kept."""
_ROWS: Final = 5000
"""Rows of what is drawn row by row; of more, every so-manieth."""


def write_plots(folder: Path, names: Sequence[str], trial: Trial) -> None:
    """Write plots/NAME.csv for each; MlspecError where the model can't be drawn so."""
    for name in names:
        try:
            columns, rows = _PLOTS[name](trial)
            rows = list(rows)  # curves are computed here, where their errors are told
        except (Unfit, ValueError) as error:
            raise MlspecError(f"evaluation.plots: {name} can't be drawn: {error}") from error
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([columns, *rows])
        path = folder / "plots" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(out.getvalue().encode())


def _confusion(trial: Trial) -> Table:
    pairs = zip(trial.truth.tolist(), trial.predicted.tolist(), strict=True)
    return ("actual", "predicted"), _some(list(pairs), _ROWS)


def _residuals(trial: Trial) -> Table:
    """What is predicted, and how far the truth lies above it."""
    rows = np.column_stack([trial.predicted, trial.truth - trial.predicted])
    return ("predicted", "residual"), _some(rows.tolist(), _ROWS)


def _roc(trial: Trial) -> Table:
    return ("false_positive_rate", "true_positive_rate"), _mean(trial, _roc_points, rising=True)


def _precision_recall(trial: Trial) -> Table:
    return ("recall", "precision"), _mean(trial, _precision_points, rising=False)


def _calibration(trial: Trial) -> Table:
    """Of two classes, the second's probability and how often it came; of more, the likeliest's, and how often right."""
    if trial.binary:
        right, sure = trial.truth == trial.classes[1], trial.probabilities[:, 1]
    else:
        right, sure = trial.truth == trial.predicted, trial.probabilities.max(axis=1)
    share, mean = calibration_curve(right, sure, n_bins=10, strategy="quantile")
    return ("predicted", "observed"), np.column_stack([mean, share]).tolist()


def _roc_points(right: Any, scores: Any) -> tuple[Any, Any]:
    false, true, _ = roc_curve(right, scores)
    return false, true


def _precision_points(right: Any, scores: Any) -> tuple[Any, Any]:
    precision, recall, _ = precision_recall_curve(right, scores)
    return recall[::-1], precision[::-1]


def _mean(trial: Trial, points: Callable[[Any, Any], tuple[Any, Any]], *, rising: bool) -> Iterator[Sequence[float]]:
    """The curve of two classes; of more, the mean of each class against the rest at the same x (vertical averaging,
    Fawcett 2006, An introduction to ROC analysis)."""
    if trial.binary:
        x, y = points(trial.truth == trial.classes[1], trial.ranking)
        yield from _some(np.column_stack([x, y]).tolist(), _POINTS)
        return
    grid = np.linspace(0, 1, _POINTS // 2 + 1)
    curves = [points(trial.truth == name, trial.ranking[:, place]) for place, name in enumerate(trial.classes)]
    mean = np.mean([np.interp(grid, x, y) for x, y in curves], axis=0)
    if rising:
        mean[0], mean[-1] = 0.0, 1.0
    yield from np.column_stack([grid, mean]).tolist()


def _some(rows: Sequence[Any], most: int) -> Sequence[Any]:
    if len(rows) <= most:
        return rows
    return [rows[place] for place in np.linspace(0, len(rows) - 1, most).round().astype(int)]


_PLOTS: Final[dict[str, Callable[[Trial], Table]]] = {
    "confusion_matrix": _confusion,
    "roc": _roc,
    "precision_recall": _precision_recall,
    "calibration": _calibration,
    "residuals": _residuals,
}
