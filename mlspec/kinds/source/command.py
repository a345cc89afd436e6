"""The command source: whatever a command writes; it is never run just to see whether something changed."""

from __future__ import annotations

from typing import Final

from mlspec.kinds.source import SourceKind
from mlspec.kinds.source._snapshots import Fetched
from mlspec.kinds.trigger.code import entries
from mlspec.spec.model import SourceSpec


def _deps(source: SourceSpec) -> tuple[str, ...]:
    """What is declared, and the Python files and modules that the command names."""
    return tuple(dict.fromkeys((*source.deps, *(path for path, _ in entries(source.command or "")))))


KIND: Final[SourceKind] = Fetched(
    "command", lambda source: {"command": source.command}, lambda _: False, _deps, runs=True
)
