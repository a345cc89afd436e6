"""evaluate: the model's metrics on the rows that it has not seen."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, step
from mlspec.spec.model import ModelSpec


class Evaluate:
    """Model and test rows → metrics.json, which git keeps."""

    name = "evaluate"
    order = 50

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage; every model is evaluated alike."""
        del model
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(f"{folder}/model", f"{folder}/prepared/test.csv"),
            params={params_path(folder): ("evaluation",)},
            metrics=(f"{folder}/metrics.json",),
        )


KIND: Final[Stage] = Evaluate()
