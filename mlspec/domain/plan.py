"""The plan: actions with their reasons, and what is held back. One value for people, files and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from mlspec.domain.digest import JSON
from mlspec.domain.forecast import Forecast, Total
from mlspec.domain.reason import HeldReason, Reason, ReasonKind


class ActionKind(StrEnum):
    """What can be done, in the order in which it is done for one model."""

    REFRESH = "refresh"
    COMPILE = "compile"
    TRAIN = "train"
    REGISTER = "register"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    BUILD = "build"
    REPLAY = "replay"
    SHADOW = "shadow"
    CANARY = "canary"
    DEPLOY = "deploy"
    SCALE = "scale"
    RESTART = "restart"
    WITHDRAW = "withdraw"
    RETIRE = "retire"


KNOWN_AFTER_TRAIN = "known after train"
KNOWN_AFTER_REFRESH = "known after refresh"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, why, and after what."""

    action: ActionKind
    model: str = ""
    environment: str = ""
    version: str = ""
    because: tuple[Reason, ...] = ()
    depends_on: tuple[str, ...] = ()
    source: str = ""
    """what a refresh is about: it belongs to all models that read it"""
    readers: tuple[str, ...] = ()
    """these models"""
    forecast: Forecast | None = field(default=None, compare=False)
    """how long a training will take; no part of what a plan is known by"""

    @property
    def id(self) -> str:
        """Stable and unique within a plan: `deploy:wine:production`, `refresh:prices`."""
        return ":".join(part for part in (self.action, self.source, self.model, self.environment) if part)

    def to_json(self) -> dict[str, JSON]:
        """One entry of `actions`; a training has a `forecast`, null where there is no history yet."""
        found: dict[str, JSON] = {"id": self.id, "action": self.action, "model": self.model}
        found |= {"environment": self.environment, "version": self.version}
        found |= {"because": [reason.to_json() for reason in self.because], "depends_on": list(self.depends_on)}
        if self.action is ActionKind.TRAIN:
            found["forecast"] = None if self.forecast is None else self.forecast.to_json()
        return found | ({"source": self.source, "readers": list(self.readers)} if self.source else {})


@dataclass(frozen=True, slots=True)
class Held:
    """Something that the reconciler decided not to do."""

    model: str
    environment: str
    reason: HeldReason
    message: str
    source: str = ""
    """what it is about where that is no model: it belongs to all models that read it"""
    readers: tuple[str, ...] = field(default=(), compare=False)
    """these models; for those who are told, and no part of the document"""
    about: str = field(default="", compare=False)
    """what the same is told by however its message changes: a version, or a training; no part of the document"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done at `revision`, given the actual state whose digest is `base`."""

    revision: str
    base: str
    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    forecast: Total | None = field(default=None, compare=False)

    @property
    def summary(self) -> dict[str, int]:
        """How many actions of each kind, in the order of kinds."""
        counts = Counter(action.action for action in self.actions)
        return {kind.value: counts[kind] for kind in ActionKind if counts[kind]}

    def to_json(self) -> dict[str, JSON]:
        """The document of `plan --json`, format 1."""
        return {
            "format": 1,
            "revision": self.revision,
            "base": self.base,
            "summary": self.summary,
            "actions": [action.to_json() for action in self.actions],
            "held": [_document(held) for held in self.held],
            "warnings": list(self.warnings),
            **({} if self.forecast is None else {"forecast": self.forecast.to_json()}),
        }


def _document(step: Held) -> dict[str, JSON]:
    """What is held; `source` is there only where it says something."""
    kept = ((name, value) for name, value in asdict(step).items() if name not in {"readers", "about"})
    return {name: value for name, value in kept if name != "source" or value}


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read what `Plan.to_json` made; ValueError, KeyError or TypeError where it is something else."""
    if data["format"] != 1:
        raise ValueError("a plan of another format")
    return Plan(
        revision=data["revision"],
        base=data["base"],
        actions=tuple(_action(item) for item in data["actions"]),
        held=tuple(Held(**{**item, "reason": HeldReason(item["reason"])}) for item in data["held"]),
        warnings=tuple(data.get("warnings", ())),
    )


def _action(item: Mapping[str, Any]) -> Action:
    return Action(
        action=ActionKind(item["action"]),
        model=item["model"],
        environment=item["environment"],
        version=item["version"],
        because=tuple(map(_reason, item["because"])),
        depends_on=tuple(item["depends_on"]),
        source=item.get("source", ""),
        readers=tuple(item.get("readers", ())),
    )


def _reason(item: Mapping[str, Any]) -> Reason:
    return Reason(**{**item, "kind": ReasonKind(item["kind"]), "details": tuple(item.get("details", ()))})
