"""evaluate: the model's metrics on the rows that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.stage import Stage, StageDef, bundle_path, params_path, step
from mlspec.kinds.stage.transform import raw_test
from mlspec.spec.model import ModelSpec

PLOTS: Final[Mapping[str, Mapping[str, JSON]]] = {
    "confusion_matrix": {"x": "actual", "y": "predicted", "template": "confusion", "title": "Confusion matrix"},
    "roc": {"x": "false_positive_rate", "y": "true_positive_rate", "template": "simple", "title": "ROC"},
    "precision_recall": {"x": "recall", "y": "precision", "template": "simple", "title": "Precision and recall"},
    "calibration": {"x": "predicted", "y": "observed", "template": "simple", "title": "Calibration"},
    "residuals": {"x": "predicted", "y": "residual", "template": "scatter", "title": "Residuals"},
}
"""How DVC draws them."""


def plot_file(name: str) -> str:
    """The file of a plot in the model's folder."""
    return f"plots/{name}.csv"


class Evaluate:
    """Model and test rows → metrics.json, which git keeps."""

    name = "evaluate"
    order = 50

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage; the rows for training are read where something is trained on them once more."""
        checks = model.evaluation.checks
        again = checks.overfit_one_batch is not None or checks.label_shuffle is not None
        trains = model.evaluation.baseline is not None or again
        rows = [f"{folder}/prepared/test.csv", *[f"{folder}/prepared/train.csv"] * trains, *raw_test(model, folder)]
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(
                *dict.fromkeys((bundle_path(model, folder), f"{folder}/model")),
                *(rows if model.evaluation.command is None else [f"{folder}/prepared"]),
                *dict.fromkeys((*model.evaluation.deps, *(model.training.deps if again else ()))),
            ),
            params={params_path(folder): ("evaluation",)},
            metrics=(f"{folder}/metrics.json",),
            plots={f"{folder}/{plot_file(name)}": PLOTS[name] for name in model.evaluation.plots},
        )


KIND: Final[Stage] = Evaluate()
