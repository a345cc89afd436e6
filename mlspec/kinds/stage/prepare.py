"""prepare: the rows to train on and those to test on."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.stage import Stage, StageDef, params_path, source_path, step
from mlspec.kinds.stage.transform import transformed
from mlspec.spec.model import ModelSpec

_SEEN: Final = ("training.features", "training.exclude")
"""What decides which rows are alike to the model, where a report tells how many are."""


class Prepare:
    """Source → prepared/train.csv and prepared/test.csv; waits for the report, so that bad data stops here."""

    name = "prepare"
    order = 20

    def build(self, model: ModelSpec, folder: str) -> StageDef | None:
        """See Stage."""
        return StageDef(
            self.name,
            step(self.name, folder),
            deps=(source_path(model), f"{folder}/validation.json", *transformed(model, folder)),
            params={params_path(folder): ("split", "training.target", *_SEEN[: 2 * asks_for_more(model)])},
            outs=(f"{folder}/prepared",),
            plain=(f"{folder}/split.json",) * asks_for_more(model),
        )


def asks_for_more(model: ModelSpec) -> bool:
    """Whether the spec says more of the split than what is drawn: then a report of it is kept beside the record."""
    return bool(model.data.split.model_dump(include={"time", "group", "leakage"}, exclude_defaults=True))


KIND: Final[Stage] = Prepare()
