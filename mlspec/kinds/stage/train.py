"""train: the estimator of the spec, or the user's own command."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, step
from mlspec.spec.model import ModelSpec


class Train:
    """Prepared rows → the model; a command is run as it is written, it is the user's own shell."""

    name = "train"
    order = 30

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        params = {params_path(folder): ("training", "data.validation.columns")}
        training = model.training
        if training.command is None:
            deps: tuple[str, ...] = (f"{folder}/prepared/train.csv",)
            return StageDef(self.name, step(self.name, folder), deps, params, outs=(f"{folder}/model",))
        deps = tuple(dict.fromkeys((*training.deps, f"{folder}/prepared")))
        return StageDef(self.name, training.command, deps, params, outs=tuple(dict.fromkeys(training.outs)))


KIND: Final[Stage] = Train()
