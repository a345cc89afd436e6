"""export: the fitted model in the format that is served, where that is another than skops'."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, bundle_path, params_path, step
from mlspec.spec.model import ModelSpec


class Export:
    """model/ → onnx/; by itself, so that another format fits nothing again."""

    name = "export"
    order = 45

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        if model.serving.format == "skops":
            return None
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(f"{folder}/model",),
            params={params_path(folder): ("serving",)},
            outs=(bundle_path(model, folder),),
        )


KIND: Final[Stage] = Export()
