"""The folder source: CSV files with one header, such as one for each month, read as one table in the order of names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.domain.sources import SourceRef
from mlspec.kinds.source import SourceKind
from mlspec.spec.model import SourceSpec


class FolderSource:
    """`{name: months, folder: data/months}`. Where git keeps the files, each counts by its own name."""

    name = "folder"

    def inputs(self, source: SourceSpec, line: int) -> Iterable[Subject | FileRef]:
        """See SourceKind."""
        if source.way == self.name:
            yield FileRef(source.path, ReasonKind.DATA_CHANGED, line)

    def fetched(self, source: SourceSpec, line: int) -> SourceRef | None:
        """See SourceKind: it is here already."""
        del source, line
        return None


KIND: Final[SourceKind] = FolderSource()
