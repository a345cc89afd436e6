"""The metrics that a spec can name: their direction and the task that they judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Task = Literal["classification", "regression", "any"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`higher` says whether more is better; `unit` is for people."""

    name: str
    higher: bool
    task: Task
    unit: str = ""


_ALL: Final = (
    Metric("accuracy", higher=True, task="classification"),
    Metric("balanced_accuracy", higher=True, task="classification"),
    Metric("precision", higher=True, task="classification"),
    Metric("recall", higher=True, task="classification"),
    Metric("f1", higher=True, task="classification"),
    Metric("roc_auc", higher=True, task="classification"),
    Metric("average_precision", higher=True, task="classification"),
    Metric("log_loss", higher=False, task="classification"),
    Metric("r2", higher=True, task="regression"),
    Metric("mean_absolute_error", higher=False, task="regression"),
    Metric("median_absolute_error", higher=False, task="regression"),
    Metric("mean_squared_error", higher=False, task="regression"),
    Metric("root_mean_squared_error", higher=False, task="regression"),
    Metric("mean_absolute_percentage_error", higher=False, task="regression"),
    Metric("max_error", higher=False, task="regression"),
    Metric("model_size", higher=False, task="any", unit="bytes"),
)

METRICS: Final = {metric.name: metric for metric in _ALL}
"""Names are scikit-learn's (without `neg_`); `model_size` is the size of the model's files and is always measured."""
