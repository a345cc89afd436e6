"""What sources of the repository have in common: they count as they are, and only people bring newer data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.domain.sources import DatedSource, SourceRef
from mlspec.spec.model import SourceSpec


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of source that git or DVC keeps."""

    name: str

    def inputs(self, source: SourceSpec, line: int) -> Iterable[Subject | FileRef]:
        """See SourceKind."""
        if source.way == self.name:
            yield FileRef(source.path, ReasonKind.DATA_CHANGED, line)

    def fetched(self, source: SourceSpec, line: int) -> SourceRef | None:
        """See SourceKind: it is here already."""
        del source, line
        return None

    def dated(self, source: SourceSpec, line: int) -> DatedSource | None:
        """See SourceKind."""
        if source.way != self.name or source.freshness is None:
            return None
        return DatedSource(source.name, source.path, source.freshness, source.stale == "fail", line)
