"""Time between trainings: a cooldown after each, and growing pauses after crashes."""

from __future__ import annotations

from typing import Final

from mlspec.domain.actual import Actual, ModelHistory
from mlspec.domain.desired import DesiredModel
from mlspec.domain.digest import digest, short
from mlspec.domain.plan import Held
from mlspec.domain.reason import HeldReason
from mlspec.domain.retrain import Crash
from mlspec.domain.words import minute

_FIRST: Final = 60.0
_LONGEST: Final = 3600.0
_SPREAD: Final = 0.25
"""Up to so much more of a pause, so that many models that crashed together don't come back together"""


def last_training(history: ModelHistory) -> float:
    """When a training passed last, a repetition with the same bytes among them; 0 where no chain says so."""
    return max((training.time for training in history.trainings), default=0.0)


def cooled(desired: DesiredModel, history: ModelHistory) -> float:
    """Until when the last training keeps the next one waiting; 0 without a cooldown."""
    policy = desired.blueprint.retrain
    if policy is None or not policy.cooldown:
        return 0.0
    return max(last_training(history), history.tried) + policy.cooldown


def cooling_down(desired: DesiredModel, history: ModelHistory, actual: Actual) -> Held | None:
    """Whether the last training, however it ended, is too recent for the next one."""
    last, until = max(last_training(history), history.tried), cooled(desired, history)
    if actual.now >= until:
        return None
    words = f"the last training was on {minute(last)}, and `retrain.cooldown` lasts until {minute(until)}"
    hint = f"mlspec apply {desired.name} --retrain"
    return Held(desired.name, "", HeldReason.COOLDOWN, f"{words}; to train it now: {hint}")


def backing_off(desired: DesiredModel, history: ModelHistory, actual: Actual, *, waits: float = 0.0) -> Held | None:
    """Whether this very training crashed at this very commit: it pauses, then gives up until something changes.

    `waits`: until when it waits in any case. Nothing is well again by waiting, so that this is said all the while.
    """
    policy, crash = desired.blueprint.retrain, history.crash
    if policy is None or crash is None or (crash.train, crash.revision) != (desired.train, actual.head):
        return None
    limit = policy.max_failures
    words = f"training failed {_times(crash.count, limit)}: {crash.words}"
    hint = f"mend it and commit, or mlspec apply {desired.name} --retrain"
    if limit and crash.count >= limit:
        return Held(desired.name, "", HeldReason.TRAINING_FAILED, f"{words}; {hint}", about=crash.revision)
    until = max(waits, crash.time + pause(crash) if limit else 0.0)
    if actual.now >= until:
        return None
    words = f"{words}; it is tried again from {minute(until)}; {hint}"
    return Held(desired.name, "", HeldReason.TRAINING_FAILED, words, about=crash.revision)


def pause(crash: Crash) -> float:
    """Seconds until the next try: doubled with each crash up to an hour, and spread by what crashed.

    The spread is drawn from the fingerprint, so that a plan stays a function of what it looks at.
    """
    drawn = int(short(digest([crash.train, crash.count]), 8), 16) / 16**8
    return min(_FIRST * 2.0 ** (crash.count - 1), _LONGEST) * (1 + _SPREAD * drawn)


def _times(count: int, limit: int) -> str:
    if limit:
        return f"{count} of {limit} times"
    return "once" if count == 1 else f"{count} times"
