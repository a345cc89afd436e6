"""Outcomes: how each action of a plan went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlspec.domain.digest import JSON
from mlspec.domain.plan import Action

Status = Literal["done", "held", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action went; `detail` says what came of it, or why it did not happen. Seconds are wall time."""

    action: Action
    status: Status
    detail: str = ""
    version: str = ""
    seconds: float = 0.0
    lines: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    """what was measured of a candidate, whatever became of it"""

    def to_json(self) -> dict[str, JSON]:
        """One entry of `apply --json`."""
        return {
            "id": self.action.id,
            "action": self.action.action,
            "model": self.action.model,
            "environment": self.action.environment,
            "version": self.version or self.action.version,
            "status": self.status,
            "detail": self.detail,
            "lines": list(self.lines),
            "metrics": dict(self.metrics),
            "seconds": round(self.seconds, 3),
            "because": [reason.to_json() for reason in self.action.because],
        }
