"""features: a command of the user's own that makes one table of all sources."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef
from mlspec.spec.model import ModelSpec


class Features:
    """Sources → the table to train on; it comes before everything else."""

    name = "features"
    order = 5

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        del folder
        features = model.features
        if features is None or features.command is None:
            return None
        read = (*(source.path for source in model.data.sources), *features.deps)
        return StageDef(self.name, features.command, tuple(dict.fromkeys(read)), outs=features.outs)


KIND: Final[Stage] = Features()
