"""Progress: a line for each thing that ends, and on a terminal one that moves while it lasts."""

from __future__ import annotations

import sys
from dataclasses import replace
from threading import Event, Lock, Thread
from time import monotonic

from mlspec.cli.console import console
from mlspec.cli.show import outcome_text, place, told_at_the_end
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action

_TICK = 0.5


class Progress:
    """See mlspec.reconciler.report.Report. Writes to standard error; the moving line only on a terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._moving = sys.stderr.isatty() and not quiet
        self._current: dict[str, float] = {}
        self._lock = Lock()
        self._stop = Event()
        if self._moving:
            Thread(target=self._tick, daemon=True).start()

    def started(self, action: Action) -> None:
        """See Report."""
        self._begin(f"{action.action} {place(action)}")

    def stage(self, model: str, stage: str, seconds: float | None) -> None:
        """See Report."""
        label = f"{model}: {stage}"
        if seconds is None:
            self._begin(label)
            return
        took = "up to date" if seconds < 0 else f"{seconds:.1f} s"
        self._end(label, f"    {console.style(label, 'dim', stream=sys.stderr)} {took}" if self._moving else "")

    def ended(self, outcome: Outcome) -> None:
        """See Report."""
        brief = replace(outcome, detail="why is below", lines=()) if told_at_the_end(outcome) else outcome
        text = outcome_text(brief, console) if self._moving or outcome.seconds >= 1 else ""
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

    def _end(self, label: str, text: str) -> None:
        with self._lock:
            self._current.pop(label, None)
        self._clear()
        if text and not self._quiet:
            console.say(text)

    def _tick(self) -> None:
        while not self._stop.wait(_TICK):
            with self._lock:
                now = monotonic()
                shown = ", ".join(f"{label} {now - since:.0f} s" for label, since in self._current.items())
            if shown:
                sys.stderr.write(f"\r\033[K  … {shown[:110]}")
                sys.stderr.flush()

    def _clear(self) -> None:
        if self._moving:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
