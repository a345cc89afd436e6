"""Progress: what the reconciler tells while it works."""

from __future__ import annotations

from typing import Protocol

from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action


class Report(Protocol):
    """Listens; the CLI shows it on a terminal, tests collect it. May be called from several threads."""

    def started(self, action: Action) -> None:
        """An action begins."""
        ...

    def stage(self, model: str, stage: str, seconds: float | None) -> None:
        """A stage of a model begins (None), or has ended after so many seconds (negative: nothing was to be done)."""
        ...

    def output(self, text: str) -> None:
        """A line that a tool says while it works on what began last; the newest is the one to show."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """An action is over."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line."""
        ...


class Silence:
    """Says nothing."""

    def started(self, action: Action) -> None:
        """See Report."""

    def stage(self, model: str, stage: str, seconds: float | None) -> None:
        """See Report."""

    def output(self, text: str) -> None:
        """See Report."""

    def ended(self, outcome: Outcome) -> None:
        """See Report."""

    def note(self, text: str) -> None:
        """See Report."""
