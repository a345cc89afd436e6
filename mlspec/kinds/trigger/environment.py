"""The environment: the Python that trains; its packages come from the lock, which is read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


class EnvironmentTrigger:
    """`training.environment.python`."""

    name = "environment"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        python = spec.training.environment.python
        if python is not None:
            where = line("training", "environment", "python")
            yield Subject("training.environment.python", ReasonKind.ENVIRONMENT_CHANGED, python, where)


KIND: Final[TriggerKind] = EnvironmentTrigger()
