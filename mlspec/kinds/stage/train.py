"""train: the estimator of the spec, or the user's own command."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.stage import Stage, StageDef, params_path, step
from mlspec.kinds.stage.transform import transformed
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
            deps: tuple[str, ...] = (f"{folder}/prepared/train.csv", *transformed(model, folder))
            stage = StageDef(self.name, step(self.name, folder), deps, params, outs=(f"{folder}/model",))
            return stage if training.search is None else _searching(stage, folder)
        deps = tuple(dict.fromkeys((*training.deps, f"{folder}/prepared")))
        return StageDef(self.name, training.command, deps, params, outs=tuple(dict.fromkeys(training.outs)))


def _searching(stage: StageDef, folder: str) -> StageDef:
    """With a search, git keeps what came of it: the winner beside the metrics, all trials as a table to draw."""
    drawn: dict[str, JSON] = {"x": "trial", "y": "score", "template": "scatter", "title": "Trials of the search"}
    return replace(stage, metrics=(f"{folder}/search.json",), plots={f"{folder}/trials.csv": drawn})


KIND: Final[Stage] = Train()
