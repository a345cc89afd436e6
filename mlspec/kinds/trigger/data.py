"""Data: the content of every source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.kinds.registry import discover
from mlspec.kinds.source import SourceKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


class DataTrigger:
    """`data.sources`, each read by its own kind."""

    name = "data"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        for index, source in enumerate(spec.data.sources):
            for kind in discover("mlspec.kinds.source", SourceKind).values():
                yield from kind.inputs(source, line("data", "sources", index, "path"))


KIND: Final[TriggerKind] = DataTrigger()
