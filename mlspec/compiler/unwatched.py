"""Files that a command names and that are no inputs: a change of such a file would go unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines
from mlspec.kinds.trigger.code import named
from mlspec.spec.features import SharedFeatures
from mlspec.spec.model import ModelSpec


def mentioned(spec: ModelSpec, known: Sequence[FileRef], line: Lines) -> Iterator[Subject]:
    """Each path by the field that it belongs into; only a tree can tell whether there is such a file."""
    origin = spec.features.origin if isinstance(spec.features, SharedFeatures) else ""
    commands = (
        ("training", spec.training.command, ""),
        ("features", spec.features.command if spec.features else None, origin),
        ("evaluation", spec.evaluation.command, ""),
    )
    seen = {ref.path for ref in known} | set(spec.evaluation.deps) | set(spec.training.outs)
    for section, command, where in commands:
        for path in dict.fromkeys(named(command or "")):
            if not any(path == other or path.startswith(f"{other}/") for other in seen):
                kind = ReasonKind.CODE_CHANGED
                yield Subject(f"{section}.deps", kind, path, line(section, "command"), where)
