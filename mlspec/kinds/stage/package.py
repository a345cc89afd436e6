"""package: what a command of the user's wrote, made into the bundle that is registered and served."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, step
from mlspec.kinds.stage.transform import transformed
from mlspec.spec.model import ModelSpec


class Package:
    """The command's first out → model/; the declarative estimator writes the bundle by itself."""

    name = "package"
    order = 40

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        if model.training.command is None:
            return None
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(*_made(model), f"{folder}/prepared", *transformed(model, folder)),
            params={params_path(folder): ("training", "data.validation.columns")},
            outs=(f"{folder}/model",),
        )


def _made(model: ModelSpec) -> tuple[str, ...]:
    """What goes into the bundle."""
    outs = tuple(dict.fromkeys(model.training.outs))
    return outs if model.training.format == "files" else outs[:1]


KIND: Final[Stage] = Package()
