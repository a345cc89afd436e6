"""The loop of `reconcile --watch`: its condition, its events, and how long it waits."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from mlspec.cli.events import Events
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Held, Plan
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError

Type = Literal["Ready", "Reconciling", "Stalled"]
LONGEST: Final = 900.0
"""Seconds that errors make it wait at most; longer only where the interval is"""
_SPREAD: Final = 0.2
_WRONG: Final = frozenset({HeldReason.TRAINING_FAILED, HeldReason.ROLLOUT_FAILED})
"""What is held because it failed: the newest commit is not applied, however quiet the turns are"""
FILE: Final = ".mlspec/watch.json"


@dataclass(frozen=True, slots=True)
class Condition:
    """How the loop is doing, in one CamelCase word and in others, and since when (seconds since the epoch)."""

    type: Type
    reason: str
    message: str = ""
    since: float = 0.0


@dataclass(slots=True)
class Watch:
    """One loop, `every` so many seconds. `attempted` is the revision that was tried last, `applied` done last."""

    root: str
    every: float
    events: Events
    attempted: str = ""
    applied: str = ""
    failures: int = 0
    parted: str = ""
    """why nothing was pulled the last time"""
    _shown: object = None
    _told: dict[str, str] = field(default_factory=dict)
    condition: Condition = field(default_factory=lambda: Condition("Reconciling", "Starting"))

    def pulled(self, revision: str) -> None:
        """Somebody's new commit is here: what failed before may go well now."""
        self.failures = 0
        self.events.tell("Pulled", revision=revision)

    def looked(self, revision: str, plan: Plan) -> bool:
        """What is to be done at a revision; whether it is worth to be shown, being another plan than the last one."""
        if revision != self.attempted:
            self.failures = 0
        self.attempted = revision
        self._told.clear()
        if plan.actions:
            self.events.tell("Planned", revision=revision, summary=plan.summary)
            self.become("Reconciling", "Applying")
        news = (plan.actions, plan.held) != self._shown
        self._shown = (plan.actions, plan.held)
        return news

    def did(self, outcome: Outcome) -> None:
        """One action has ended; events that can't be written are the turn's end's trouble."""
        with suppress(MlspecError):
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        """Once, and again where it came to something else in the end."""
        action = outcome.action
        if self._told.get(action.id) == outcome.status:
            return
        self.events.tell(
            "Action",
            action=action.action,
            model=action.model,
            environment=action.environment,
            version=outcome.version or action.version,
            status=outcome.status,
            detail=outcome.detail,
            seconds=round(outcome.seconds, 3),
        )
        self._told[action.id] = outcome.status

    def ended(self, plan: Plan, outcomes: Sequence[Outcome]) -> None:
        """A turn has come to its end, well or not."""
        for outcome in outcomes:
            self._tell(outcome)
        if wrong := _wrong(outcomes):
            self.failed("ActionFailed", f"{wrong.action.id}: {wrong.detail}")
            return
        self.failures = 0
        if failed := next((held for held in plan.held if held.reason in _WRONG), None):
            self.become("Stalled", "Held", _words(failed))
            return
        self.applied = self.attempted
        if plan.held:
            self.become("Ready", "Held", _words(plan.held[0]))
        else:
            self.become("Ready", "Applied")

    def failed(self, reason: str, message: str) -> None:
        """A turn has failed; the next one comes later than usual."""
        self.failures += 1
        self.become("Stalled", reason, message)

    def become(self, kind: Type, reason: str, message: str = "") -> None:
        """Another condition, or still the same one."""
        now = self.condition
        if (now.type, now.reason, now.message) != (kind, reason, message):
            self.condition = Condition(kind, reason, message, round(time.time(), 3))
            self.events.tell("Condition", **self._said())
        self._remember()

    def pause(self, drawn: float | None = None) -> float:
        """Seconds until the next turn: doubled by each failure in a row, and spread, so that loops don't march in step.

        `drawn`: a number from 0 to 1 in place of one drawn at random.
        """
        longest = max(LONGEST, self.every)
        spread = 1 + _SPREAD * (2 * (random.random() if drawn is None else drawn) - 1)  # noqa: S311 - no secret
        return self.every if not self.failures else min(self.every * 2.0 ** min(self.failures, 30), longest) * spread

    def stopped(self) -> None:
        """The loop is over; nobody is to believe that it runs on."""
        self.events.tell("Stopped", attempted=self.attempted, applied=self.applied)
        with suppress(OSError):
            (Path(self.root) / FILE).unlink()

    def _said(self) -> dict[str, str]:
        found = self.condition
        said = {"type": found.type, "reason": found.reason, "message": found.message}
        return {**said, "attempted": self.attempted, "applied": self.applied}

    def _remember(self) -> None:
        """For `status` on this machine: a hint, and no reason to stop where it can't be written."""
        document = {
            "format": 1,
            "pid": os.getpid(),
            "every": self.every,
            "lastAttemptedRevision": self.attempted,
            "lastAppliedRevision": self.applied,
            "condition": asdict(self.condition),
            "looked": round(time.time(), 3),
        }
        path = Path(self.root) / FILE
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            new = path.with_suffix(".new")
            new.write_text(json.dumps(document), encoding="utf-8")
            new.replace(path)


def _wrong(outcomes: Sequence[Outcome]) -> Outcome | None:
    """What failed first; where nothing did, what was left out first."""
    found = [outcome for status in ("failed", "skipped") for outcome in outcomes if outcome.status == status]
    return found[0] if found else None


def _words(held: Held) -> str:
    where = " → ".join(part for part in (held.model, held.environment) if part)
    return f"{where}: {held.reason}: {held.message}"


def loop_here(root: str) -> dict[str, Any] | None:
    """What a loop in this clone said last; None where none runs."""
    try:
        found: dict[str, Any] = json.loads((Path(root) / FILE).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found
