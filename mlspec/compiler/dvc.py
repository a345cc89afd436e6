"""dvc.yaml: a model's stages as DVC reads them, and the .gitignore that DVC would otherwise write by itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final

from mlspec.domain.digest import JSON
from mlspec.kinds.stage import StageDef

_SPECIAL: Final = re.compile(r"([\\*?\[\]])")


def pipeline(stages: Sequence[StageDef], folder: str) -> Mapping[str, JSON]:
    """The document; every stage runs in the repository's root, seen from the model's folder."""
    root = posixpath.relpath(".", folder)
    return {"stages": {stage.name: _stage(stage, root) for stage in stages}}


def ignored(stages: Sequence[StageDef], folder: str) -> tuple[str, ...]:
    """Patterns for the outs below the model's folder that DVC keeps.

    DVC takes its own lines back when a later stage fails (dvc 11091), after which git would see gigabytes.
    """
    outs = [out for stage in stages for out in stage.outs if out.startswith(f"{folder}/")]
    return tuple("/" + _SPECIAL.sub(r"\\\1", posixpath.relpath(out, folder)) for out in outs)


def _stage(stage: StageDef, root: str) -> JSON:
    whole: dict[str, JSON] = {
        "wdir": root,
        "cmd": _literal(stage.cmd),
        "deps": [_literal(path) for path in stage.deps],
        "params": [{_literal(file): list(sections)} for file, sections in stage.params.items()],
        "outs": [_literal(path) for path in stage.outs] + [_uncached(path) for path in stage.plain],
        "metrics": [_uncached(path) for path in stage.metrics],
        "plots": [{_literal(path): {"cache": False, **options}} for path, options in stage.plots.items()],
    }
    return {key: value for key, value in whole.items() if value}


def _uncached(path: str) -> JSON:
    return {_literal(path): {"cache": False}}


def _literal(text: str) -> str:
    """Text that DVC's templating leaves alone."""
    return text.replace("${", r"\${")
