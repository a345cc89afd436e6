"""evaluate: the model's metrics on the rows that it has not seen."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, step
from mlspec.kinds.stage.transform import raw_test
from mlspec.spec.model import ModelSpec


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
                f"{folder}/model",
                *(rows if model.evaluation.command is None else [f"{folder}/prepared"]),
                *dict.fromkeys((*model.evaluation.deps, *(model.training.deps if again else ()))),
            ),
            params={params_path(folder): ("evaluation",)},
            metrics=(f"{folder}/metrics.json",),
        )


KIND: Final[Stage] = Evaluate()
