"""One finding of the checkup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """A note can be lived with; a problem will get in the way."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    name: str
    status: Status
    message: str
    hint: str = ""


def ok(name: str, message: str) -> Check:
    """Nothing to do."""
    return Check(name, Status.OK, message)


def note(name: str, message: str, hint: str = "") -> Check:
    """Worth knowing."""
    return Check(name, Status.NOTE, message, hint)


def problem(name: str, message: str, hint: str = "") -> Check:
    """In the way."""
    return Check(name, Status.PROBLEM, message, hint)


def listed(items: Iterable[str], most: int = 3) -> str:
    """`a, b, c and 2 more`."""
    found = list(items)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
