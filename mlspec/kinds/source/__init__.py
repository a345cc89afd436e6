"""Sources: each file is one kind of place that data comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from mlspec.domain.desired import FileRef, Subject
from mlspec.spec.model import SourceSpec


class SourceKind(Protocol):
    """One kind of source; pure."""

    name: str

    def inputs(self, source: SourceSpec, line: int) -> Iterable[Subject | FileRef]:
        """What of this source counts for the train digest; nothing where the source is of another kind."""
        ...
