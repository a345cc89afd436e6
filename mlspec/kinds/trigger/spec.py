"""The spec itself: what the model is, apart from its params."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.digest import JSON
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


class SpecTrigger:
    """Estimator or command, target, columns and their types, split."""

    name = "spec"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        training, split = spec.training, spec.data.split
        fields: dict[tuple[str, ...], JSON] = {
            ("training", "estimator"): training.estimator,
            ("training", "command"): training.command,
            ("training", "target"): training.target,
            ("training", "features"): list(training.features or ()),
            ("training", "exclude"): list(training.exclude),
            ("training", "outs"): list(training.outs),
            ("training", "format"): None if training.format == "skops" else training.format,
            ("data", "split", "test"): split.test,
            ("data", "split", "stratify"): split.stratify,
            ("data", "split", "seed"): split.seed,
            ("data", "split", "group"): split.group,
        }
        if split.time is not None:
            fields["data", "split", "time", "column"] = split.time.column
            fields["data", "split", "time", "test"] = split.time.test
        for name, rule in spec.data.validation.columns.items():
            fields["data", "validation", "columns", name, "type"] = rule.type
            fields["data", "validation", "columns", name, "nullable"] = rule.nullable or None
        for path, value in fields.items():
            if value is not None and value != []:
                yield Subject(".".join(path), ReasonKind.SPEC_CHANGED, value, line(*path))


KIND: Final[TriggerKind] = SpecTrigger()
