"""Params: the numbers that a training is given, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


class ParamsTrigger:
    """`training.params`."""

    name = "params"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        for name, value in spec.training.params.items():
            where = line("training", "params", name)
            yield Subject(f"training.params.{name}", ReasonKind.PARAM_CHANGED, value, where)


KIND: Final[TriggerKind] = ParamsTrigger()
