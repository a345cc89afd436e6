"""The metrics that a spec can name: their direction, the task that they judge, and how they are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Task = Literal["classification", "regression", "any"]
Source = Literal["test", "files", "load"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`higher` says whether more is better; `unit` is for people.

    `source` is what it is measured on: the test rows, the model's files, or the server under load, which only a gate
    asks for, as the value is the machine's as much as the model's.
    """

    name: str
    higher: bool
    task: Task
    unit: str = ""
    source: Source = "test"


def _of(task: Task, higher: str, lower: str) -> tuple[Metric, ...]:
    """Metrics on the test rows, by their direction."""
    better = ((name, True) for name in higher.split())
    worse = ((name, False) for name in lower.split())
    return tuple(Metric(name, up, task) for name, up in (*better, *worse))


_ALL: Final = (
    *_of(
        "classification",
        "accuracy balanced_accuracy precision recall f1 precision_macro recall_macro f1_macro precision_weighted "
        "recall_weighted f1_weighted jaccard matthews_corrcoef cohen_kappa roc_auc average_precision",
        "log_loss brier_score expected_calibration_error",
    ),
    *_of(
        "regression",
        "r2 explained_variance d2_absolute_error_score",
        "mean_absolute_error median_absolute_error mean_squared_error root_mean_squared_error "
        "mean_squared_log_error root_mean_squared_log_error mean_absolute_percentage_error mean_poisson_deviance "
        "mean_gamma_deviance max_error",
    ),
    Metric("model_size", higher=False, task="any", unit="bytes", source="files"),
    Metric("latency_p50", higher=False, task="any", unit="s", source="load"),
    Metric("latency_p95", higher=False, task="any", unit="s", source="load"),
    Metric("latency_p99", higher=False, task="any", unit="s", source="load"),
    Metric("throughput", higher=True, task="any", unit="requests/s", source="load"),
)

METRICS: Final = {metric.name: metric for metric in _ALL}
"""Names are scikit-learn's (without `neg_`); `model_size` is the size of the model's files and is always measured."""

SHORT: Final = {
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "rmsle": "root_mean_squared_log_error",
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "ap": "average_precision",
    "pr_auc": "average_precision",
    "mcc": "matthews_corrcoef",
    "kappa": "cohen_kappa",
    "brier": "brier_score",
    "ece": "expected_calibration_error",
    "latency": "latency_p95",
    "size": "model_size",
}
"""What people call some of them; a suggestion, no second name."""


def source_of(metric: str) -> Source:
    """What a metric is measured on; one that a command of the user's own measures is on the test rows."""
    return METRICS[metric].source if metric in METRICS else "test"


def under_load(metric: str) -> bool:
    """Whether a metric is one of the server's under load."""
    return metric in METRICS and METRICS[metric].source == "load"
