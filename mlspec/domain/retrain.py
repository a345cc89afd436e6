"""When a model is trained again: the policy of its spec, and what is remembered of trainings that crashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetrainPolicy:
    """`retrain:` of a spec. Times are in seconds; 0 and empty where the spec says nothing.

    `when`: the changes and events that train by themselves. `schedule`: cron, in UTC. `max_failures`: crashes of the
    same training at the same revision. `lines`: field → its line.
    """

    when: tuple[str, ...]
    max_age: float = 0.0
    schedule: str = ""
    cooldown: float = 0.0
    max_failures: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Crash:
    """Trainings of one fingerprint that crashed at one revision: how often, when last, and in which words.

    `time` is in seconds since the epoch.
    """

    train: str
    revision: str
    count: int
    time: float
    words: str
