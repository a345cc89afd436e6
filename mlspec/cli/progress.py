"""Progress: a line for each thing that ends, and on a terminal one that moves while it lasts."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from shutil import get_terminal_size
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

from mlspec.cli.console import console
from mlspec.cli.show import outcome_text, place, told_at_the_end
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind

_TICK = 0.5
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""How programs colour their lines and move about; here a line is only read."""

_ALWAYS_TOLD: Final = frozenset({ActionKind.REFRESH, ActionKind.REPLAY})
"""However short they were: what they found is worth a line"""


class Progress:
    """See mlspec.reconciler.report.Report. Writes to standard error; the moving line only on a terminal.

    `heard` is told of each action that has ended, maybe by several threads.
    """

    def __init__(self, *, quiet: bool, heard: Callable[[Outcome], None] = lambda _: None) -> None:
        self._quiet = quiet
        self._heard = heard
        self._moving = sys.stderr.isatty() and not quiet
        self._current: dict[str, float] = {}
        self._said = ""
        self._lock = Lock()
        self._stop = Event()
        if self._moving:
            Thread(target=self._tick, daemon=True).start()

    def started(self, action: Action) -> None:
        """See Report."""
        label = f"{action.action} {place(action)}"
        self._begin(label)
        if action.action is ActionKind.BUILD and not self._moving and not self._quiet:
            console.say(f"  … {label}")  # minutes without a word look like a hang

    def stage(self, model: str, stage: str, seconds: float | None) -> None:
        """See Report."""
        label = f"{model}: {stage}"
        if seconds is None:
            self._begin(label)
            return
        took = "up to date" if seconds < 0 else f"{seconds:.1f} s"
        self._end(label, f"    {console.style(label, 'dim', stream=sys.stderr)} {took}" if self._moving else "")

    def output(self, text: str) -> None:
        """See Report."""
        line = "".join(char for char in _ESCAPE.sub("", text) if char.isprintable()).strip()
        if line:
            self._said = line

    def ended(self, outcome: Outcome) -> None:
        """See Report."""
        self._heard(outcome)
        brief = replace(outcome, detail="why is below", lines=()) if told_at_the_end(outcome) else outcome
        said = self._moving or outcome.seconds >= 1 or outcome.action.action in _ALWAYS_TOLD
        text = outcome_text(brief, console) if said else ""
        self._end(f"{outcome.action.action} {place(outcome.action)}", text)

    def note(self, text: str) -> None:
        """See Report."""
        self._end("", text)

    def close(self) -> None:
        """Leave the terminal clean."""
        self._stop.set()
        self._clear()

    def _begin(self, label: str) -> None:
        with self._lock:
            self._current[label] = monotonic()
            self._said = ""

    def _end(self, label: str, text: str) -> None:
        with self._lock:
            self._current.pop(label, None)
            self._said = ""
        self._clear()
        if text and not self._quiet:
            console.say(text)

    def _tick(self) -> None:
        while not self._stop.wait(_TICK):
            if shown := self.line(monotonic()):
                sys.stderr.write(f"\r\033[K  … {shown}")
                sys.stderr.flush()

    def line(self, now: float) -> str:
        """What the moving line says: what lasts, for how long, and the newest line of the tool that does it."""
        with self._lock:
            shown = ", ".join(f"{label} {now - since:.0f} s" for label, since in self._current.items())
            said = f": {self._said}" if shown and self._said else ""
        return (shown + said)[: _width()]

    def _clear(self) -> None:
        if self._moving:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _width() -> int:
    """What fits on one line of the terminal beside the mark; a line that wraps could not be taken back."""
    return max(20, get_terminal_size((118, 24)).columns - 8)
