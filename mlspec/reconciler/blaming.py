"""Which line of the spec a failed stage is about, as far as its last words name a field that counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mlspec.domain.desired import Blueprint, Subject

_FIELD: Final = re.compile(r"\b(?:data|split|training|features|evaluation)(?:\.[a-z_]+)+")
_COLUMN: Final = re.compile(r"\s*column (.+?): ")
_ASIDE: Final = ("warning: ", "note: ")


def blamed(lines: Iterable[str], blueprint: Blueprint) -> str:
    """`specs/wine.yaml:21` of the first field that is named in the lines; empty where none is or none is known."""
    known = [*blueprint.subjects, *blueprint.evaluate]
    found = [_find(name, line, known) for line in lines if not line.startswith(_ASIDE) for name in _names(line)]
    # that some rule is broken is said first, and which one after it
    told = sorted((each for each in found if each is not None), key=lambda each: each.name == "data.validation")
    subject = next(iter(told), None)
    return blueprint.where(subject.line, subject.origin) if subject is not None else ""


def _names(line: str) -> Iterator[str]:
    """The column whose rule is broken, and the fields before a hint in brackets, which may speak of others."""
    if column := _COLUMN.match(line):
        yield f"data.validation.columns.{column[1]}"
    for field in _FIELD.findall(line.partition(" (")[0]):
        yield f"data.{field}" if field.startswith("split.") else field


def _find(name: str, line: str, known: Iterable[Subject]) -> Subject | None:
    """The subject of this name, else the one below it that the line names as well: `training.params: … no param C`."""
    named = [each for each in known if each.name == name]
    words = set(re.findall(r"[\w.-]+", line))
    below = (each for each in known if each.name.startswith(f"{name}."))
    named += [each for each in below if each.name.removeprefix(f"{name}.").partition(".")[0] in words]
    return next(iter(named), None)
