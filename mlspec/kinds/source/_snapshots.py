"""What all sources have in common that are fetched: the snapshot counts, and is declared by its name and path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.digest import JSON
from mlspec.domain.reason import ReasonKind
from mlspec.domain.sources import DatedSource, SourceRef
from mlspec.spec.model import SourceSpec

_HOUR: Final = 3600.0

Settings = Callable[[SourceSpec], Mapping[str, JSON]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A kind of source that is fetched; `settings` are what its adapter is told, `probed` whether it can be asked."""

    name: str
    settings: Settings
    probed: Callable[[SourceSpec], bool] = lambda _: True
    deps: Callable[[SourceSpec], tuple[str, ...]] = lambda _: ()
    runs: bool = False

    def inputs(self, source: SourceSpec, line: int) -> Iterable[Subject | FileRef]:
        """See SourceKind: the snapshot, however it was had."""
        if source.way == self.name:
            yield FileRef(source.path, ReasonKind.DATA_CHANGED, line)

    def fetched(self, source: SourceSpec, line: int) -> SourceRef | None:
        """See SourceKind."""
        if source.way != self.name:
            return None
        return SourceRef(
            name=source.name,
            kind=self.name,
            path=source.path,
            settings={name: value for name, value in self.settings(source).items() if value is not None},
            line=line,
            freshness=source.freshness,
            timeout=source.timeout or _HOUR,
            deps=self.deps(source),
            probed=self.probed(source),
            runs=self.runs,
        )

    def dated(self, source: SourceSpec, line: int) -> DatedSource | None:
        """See SourceKind: its age is that of its snapshot."""
        del source, line
        return None
