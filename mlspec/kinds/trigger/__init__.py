"""Triggers: each file is one kind of change that trains a model again, and says which inputs it watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from mlspec.domain.desired import FileRef, Subject
from mlspec.spec.model import ModelSpec

Lines = Callable[..., int]
"""`line("training", "params", "max_depth")`: the line of a field, or of the nearest that is written down."""


class TriggerKind(Protocol):
    """One kind of change; pure."""

    name: str

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """What counts. Fields that are left at None or empty are not named, so that new ones retrain nothing."""
        ...
