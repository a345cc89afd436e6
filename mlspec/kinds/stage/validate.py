"""validate: is the data what the spec says?"""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, source_path, step
from mlspec.spec.model import ModelSpec


class Validate:
    """Source → a report that git keeps."""

    name = "validate"
    order = 10

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(source_path(model),),
            params={params_path(folder): ("model", "data")},
            plain=(f"{folder}/validation.json",),
        )


KIND: Final[Stage] = Validate()
