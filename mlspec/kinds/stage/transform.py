"""transform: a function of the user's own, applied to the raw rows as the server will apply it to requests."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, source_path, step
from mlspec.spec.model import ModelSpec


class Transform:
    """Checked raw rows → features/table.csv, and the raw columns that the function takes."""

    name = "transform"
    order = 15

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        if model.features is None or model.features.function is None:
            return None
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(source_path(model), f"{folder}/validation.json"),
            params={params_path(folder): ("features", "data.validation.columns", "training.target")},
            outs=(f"{folder}/features",),
        )


def transformed(model: ModelSpec, folder: str) -> tuple[str, ...]:
    """The stage's output, for those stages that need it; empty without a function."""
    return (f"{folder}/features",) if model.features and model.features.function else ()


def raw_test(model: ModelSpec, folder: str) -> tuple[str, ...]:
    """The test rows as requests have them, which parity is tested on; empty without a function."""
    return (f"{folder}/prepared/raw_test.csv",) if transformed(model, folder) else ()


KIND: Final[Stage] = Transform()
