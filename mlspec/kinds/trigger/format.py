"""The format of the file that is served: another one is another version, and nothing is fitted again for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import FORMAT, ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


class FormatTrigger:
    """`serving.format`, where it is not the usual one."""

    name = "format"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        if spec.serving.format != "skops":
            yield Subject(FORMAT, ReasonKind.FORMAT_CHANGED, spec.serving.format, line("serving", "format"))


KIND: Final[TriggerKind] = FormatTrigger()
