"""Rules for the folders of models: what mlspec writes there is written by nobody else, and is no source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.domain.shared import SHARED
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.sources import is_fetched
from mlspec.spec.rules.training import inside
from mlspec.spec.sources import SourceSpec

_RESERVED: Final = (
    *("dvc.yaml", "dvc.lock", "params.yaml", ".gitignore", ".dockerignore", "Dockerfile", "requirements.txt"),
    *("prepared", "features", "model", "validation.json", "split.json", "metrics.json", "version.json"),
    *("search.json", "trials.csv", "plots", "profile.json"),
)
"""What mlspec and its stages write to a model's folder."""


def check_folders(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """A command may write to its model's folder, but not over what mlspec keeps there; data from elsewhere may not."""
    folder = f"{project.layout.models}/{spec.name}"
    for index, source in enumerate(spec.data.sources):
        if _is_made(source, project.layout.models):
            words = f"`{source.path}` is among the generated files"
            yield Fault(
                ("data", "sources", index, "folder" if source.folder else "path"),
                words,
                f"such as `data/{source.name}.csv`",
            )
    for at, out in written(spec):
        taken = [name for name in _RESERVED if out == folder or inside(out, f"{folder}/{name}")]
        if taken:
            hint = f"write to another name, such as `{folder}/trained.skops`"
            yield Fault(at, f"`{out}` is written by mlspec", hint)


def _is_made(source: SourceSpec, models: str) -> bool:
    """Whether a source is among what mlspec and its stages write, or is a folder of that; what is fetched may not be
    near it.

    What a command of the user's own wrote beside it is none: one model may learn from another's answers.
    """
    if not inside(source.path, models):
        return False
    _, *below = source.path.removeprefix(models).split("/")
    if is_fetched(source) or SHARED in below[:1]:
        return True
    return source.folder is not None if len(below) < 2 else below[1] in _RESERVED


def written(spec: ModelSpec) -> Iterator[tuple[Path, str]]:
    """What the user's own commands write, and where the spec says so."""
    yield from ((("training", "outs", index), out) for index, out in enumerate(spec.training.outs))
    features = spec.features.outs if spec.features and not spec.features.from_ else ()
    yield from ((("features", "outs", index), out) for index, out in enumerate(features))
