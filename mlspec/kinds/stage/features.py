"""features: a command of the user's own that makes one table of all sources."""

from __future__ import annotations

from typing import Final

from mlspec.domain.shared import STAGE
from mlspec.kinds.stage import Stage, StageDef
from mlspec.spec.features import Features, SharedFeatures
from mlspec.spec.model import ModelSpec, SourceSpec


class FeaturesStage:
    """Sources → the table to train on; it comes before everything else. Shared features have their own pipeline."""

    name = STAGE
    order = 5

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        del folder
        features = model.features
        if features is None or features.command is None or isinstance(features, SharedFeatures):
            return None
        return _stage(features, model.data.sources)


def shared_stage(features: Features | None) -> StageDef | None:
    """The stage of a command that several models share; None where the features are no such."""
    if not isinstance(features, SharedFeatures) or features.command is None:
        return None
    return _stage(features, features.sources)


def _stage(features: Features, sources: tuple[SourceSpec, ...]) -> StageDef:
    read = (*(source.path for source in sources), *features.deps)
    return StageDef(STAGE, features.command or "", tuple(dict.fromkeys(read)), outs=features.outs)


KIND: Final[Stage] = FeaturesStage()
