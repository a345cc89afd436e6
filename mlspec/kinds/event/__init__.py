"""Events: each file is one cause to train a model again although nothing that it is made of has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint
from mlspec.domain.drift import DriftReport
from mlspec.domain.reason import Reason
from mlspec.domain.retrain import RetrainPolicy


@dataclass(frozen=True, slots=True)
class Moment:
    """All that an event is known by. `last`: when the model was trained last; times are in seconds since the epoch.

    0 where no chain says so.
    """

    blueprint: Blueprint
    policy: RetrainPolicy
    history: ModelHistory
    last: float
    now: float
    reports: tuple[DriftReport, ...] = ()

    def where(self, field: str) -> str:
        """The line of a field of `retrain`."""
        return self.blueprint.where(self.policy.lines.get(field, self.blueprint.line))


class EventKind(Protocol):
    """One kind of event; pure. `needs_news`: whether a training on what is there already would be in vain."""

    name: str
    needs_news: bool

    def reason(self, moment: Moment) -> Reason | None:
        """Why the model is to be trained now; None where this did not happen, or the spec does not ask for it."""
        ...
