"""profile: what the training data and the model's answers look like, for live traffic to be compared with."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, bundle_path, params_path, step
from mlspec.spec.model import ModelSpec


class Profile:
    """Model, training and test rows → profile.json, which DVC keeps; only where something is monitored."""

    name = "profile"
    order = 60

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage. It comes after `evaluate`, so that another profile trains nothing again."""
        if model.monitoring is None:
            return None
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(*dict.fromkeys((bundle_path(model, folder), f"{folder}/model")), f"{folder}/prepared"),
            params={params_path(folder): ("monitoring",)},
            outs=(f"{folder}/profile.json",),
        )


KIND: Final[Stage] = Profile()
