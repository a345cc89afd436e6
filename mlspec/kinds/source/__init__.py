"""Sources: each file is one kind of place that data comes from.

What is fetched leaves a snapshot in the repository, which counts as a file does; how it is fetched is in the adapter
of the same name, `mlspec.adapters.sources.NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.sources import DatedSource, SourceRef
from mlspec.spec.model import SourceSpec


class SourceKind(Protocol):
    """One kind of source; pure."""

    @property
    def name(self) -> str:
        """The name of the kind, which is `SourceSpec.way`."""
        ...

    def inputs(self, source: SourceSpec, line: int) -> Iterable[Subject | FileRef]:
        """What of this source counts for the train digest; nothing where the source is of another kind."""
        ...

    def fetched(self, source: SourceSpec, line: int) -> SourceRef | None:
        """How its data is had; None where the source is of another kind, or its data is in the repository."""
        ...

    def dated(self, source: SourceSpec, line: int) -> DatedSource | None:
        """How old it may be; None where the source is of another kind, is fetched, or does not say."""
        ...
