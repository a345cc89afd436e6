"""Problems of specs: what is wrong, where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from mlspec.errors import MlspecError

Path = tuple[str | int, ...]
Position = tuple[int, int]
Positions = Mapping[Path, Position]

MOST_PER_FILE: Final = 50
"""Further problems of one file are counted, not shown: a file with that many is not a spec."""
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem at a position of a file (line and column from 1), in one line of text."""

    path: str
    line: int
    col: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}:{self.col}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem that knows its field and not yet its line.

    `missing` names a field that is not there; `waits` tells that a later version will know what to do.
    """

    at: Path
    message: str
    hint: str = ""
    missing: str = ""
    waits: bool = False


class Located(Protocol):
    """Whatever comes from a file and knows where its fields stand."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def positions(self) -> Positions:
        """Field → line and column."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file and where its fields stand in it."""

    path: str
    positions: Positions = field(default_factory=dict)


class SpecError(MlspecError):
    """The specs have problems; `details` holds a line for each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"the specs have {count}", details=tuple(map(str, problems)))
        self.problems = problems


def locate(positions: Positions, at: Path) -> Position:
    """Line and column of a field, or of the nearest field that holds it."""
    while at and at not in positions:
        at = at[:-1]
    return positions.get(at, (1, 1))


def where(source: Located, at: Path) -> str:
    """`file:line` of a field of a document, or of the nearest field that holds it."""
    return f"{source.path}:{locate(source.positions, at)[0]}"


def place(source: Located, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    """Faults with their positions, in the order of the file, cut at a sensible number."""
    found = sorted({_problem(source, one) for one in faults})
    if len(found) <= MOST_PER_FILE:
        return tuple(found)
    cut = found[MOST_PER_FILE]
    more = Problem(source.path, cut.line, cut.col, f"and {len(found) - MOST_PER_FILE} more problems in this file")
    return (*found[:MOST_PER_FILE], more)


def _problem(source: Located, fault: Fault) -> Problem:
    line, col = locate(source.positions, fault.at)
    return Problem(source.path, line, col, shown(fault.message, _LONGEST), shown(fault.hint, _LONGEST))


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` for the most similar known word, or nothing."""
    close = difflib.get_close_matches(word.lower()[:80], list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def one_of(words: Iterable[str]) -> str:
    """Words for a sentence: `` `a`, `b` or `c` ``."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def dotted(at: Path) -> str:
    """A field's name for people: `evaluation.gates[0].metric`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return text.removeprefix(".")


def shown(text: str, most: int = 60) -> str:
    """Text out of a file, made safe and short for a message."""
    safe = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: most + 1])
    return safe if len(safe) <= most else f"{safe[: most - 1]}…"
