"""One action being done: its time, its outcome, its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Self

from mlspec.domain.outcome import Outcome, Status
from mlspec.domain.plan import Action
from mlspec.errors import LeaseLost, MlspecError


class Step:
    """A context in which an action is done; errors that a user can mend become a failed outcome, others pass.

    A lost lease is both: nothing more may be done, for what was planned is no longer this run's to do.
    """

    def __init__(self, action: Action, end: Callable[[Outcome], None]) -> None:
        self.action = action
        self.status: Status = "done"
        self.detail = ""
        self.version = ""
        self.metrics: Mapping[str, float] = {}
        self.lines: tuple[str, ...] = ()
        self.before = 0.0
        """seconds of its work that was done ahead, beside other actions"""
        self._end = end
        self._start = 0.0

    def __enter__(self) -> Self:
        self._start = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        seconds = self.before + monotonic() - self._start
        if isinstance(error, MlspecError):
            self._end(_failed(self.action, error, seconds))
            return not isinstance(error, LeaseLost)
        if error is None:
            self._end(Outcome(self.action, self.status, self.detail, self.version, seconds, self.lines, self.metrics))
        return False


def _failed(action: Action, error: MlspecError, seconds: float) -> Outcome:
    return Outcome(action, "failed", str(error), seconds=seconds, lines=error.details)
