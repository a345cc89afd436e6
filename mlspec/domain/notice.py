"""Notices: conditions that people want to hear of, the channels by which they do, and what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mlspec.domain.digest import JSON


class Condition(StrEnum):
    """What can be told of."""

    HELD = "held"
    FAILED = "failed"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell people. `when`: the conditions; `url`: the environment variable that has it; `command`: what to
    run; `repository`: `owner/name`, where it is not the one that CI runs for.
    """

    name: str
    kind: str
    when: tuple[str, ...]
    url: str = ""
    command: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A condition of a model, or of a place where it runs; `message` says more, and may change while it lasts.

    `about`: what has come into it, such as versions; one that is new is new trouble, and told although it lasts.
    """

    condition: Condition
    model: str
    environment: str
    message: str
    about: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it is remembered by as long as it lasts."""
        return ":".join(filter(None, (self.condition.value, self.environment)))

    @property
    def subject(self) -> str:
        """What it is about, for people: `wine → production`."""
        return f"{self.model} → {self.environment}" if self.environment else self.model


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be done to tell people: a request, or else a command that gets `body` on its standard input.

    `${NAME}` in `url` and `headers` is an environment variable: what is secret stands nowhere else.
    """

    body: JSON
    url: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    receipt: str = ""
    """the field of the answer that a later delivery about the same needs"""
