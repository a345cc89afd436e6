"""A strict reader of one YAML 1.2 document: plain values, the position of each, and all problems it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from yaml import CSafeLoader, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from mlspec.domain.digest import JSON
from mlspec.spec.problem import MOST_PER_FILE, Path, Position, Problem, shown
from mlspec.spec.scalars import read_plain
from mlspec.spec.syntax import explain_syntax
from mlspec.spec.text import TextError, decode, refusal

DEEPEST: Final = 32

Event = Any


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. `broken` are the places whose value could not be read (None stands in for it)."""

    value: JSON
    positions: Mapping[Path, Position]
    problems: tuple[Problem, ...]
    broken: frozenset[Path]
    readable: bool


class _Stop(Exception):
    """The rest of the file can't be read; the reason is among the problems."""


def read(path: str, content: bytes) -> Document:
    """Read one file. Never raises: what is wrong is in `problems`, and `readable` is false where nothing came of it."""
    reader = _Reader(path)
    value: JSON = None
    readable = True
    try:
        value = reader.document(content)
    except _Stop:
        readable = False
    return Document(value, reader.positions, tuple(reader.problems), frozenset(reader.broken), readable)


class _Reader:
    """One pass over the parser's events."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.positions: dict[Path, Position] = {}
        self.problems: list[Problem] = []
        self.broken: set[Path] = set()
        self._next: Any = None

    def document(self, content: bytes) -> JSON:
        """The value of the only document."""
        try:
            self._next = CSafeLoader(decode(content)).get_event
            return self._only_document()
        except TextError as error:
            self._stop(error.position, error.message, error.hint)
        except YAMLError as error:
            self._stop(*explain_syntax(error))

    def _only_document(self) -> JSON:
        self._next()
        if isinstance(self._next(), StreamEndEvent):
            self._stop((1, 1), "the file is empty", "a spec starts with `apiVersion: mlspec/v1`")
        event = self._next()
        self.positions[()] = _start(event)
        value = self._value(event, (), 0)
        self._next()
        after = self._next()
        if isinstance(after, DocumentStartEvent):
            self._stop(_start(after), "the file holds more than one document", "write one file per document")
        return value

    def _value(self, event: Event, at: Path, depth: int) -> JSON:
        if isinstance(event, AliasEvent):
            self._broken(
                event, at, (f"aliases such as `*{shown(str(event.anchor))}` are not read", "write the value out")
            )
            return None
        self._refuse_marks(event)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, at)
        if depth >= DEEPEST:
            self._stop(_start(event), f"values are nested deeper than {DEEPEST} levels", "a spec is nearly flat")
        if isinstance(event, MappingStartEvent):
            return self._mapping(at, depth + 1)
        return self._sequence(at, depth + 1)

    def _refuse_marks(self, event: Event) -> None:
        if event.anchor:
            self._report(_start(event), f"anchors such as `&{shown(event.anchor)}` are not read", "remove it")
        if event.tag:
            self._report(_start(event), f"tags such as `{shown(event.tag)}` are not read", "remove it")

    def _scalar(self, event: Event, at: Path) -> JSON:
        text: str = event.value
        reason = refusal(text)
        try:
            if not reason:
                return text if event.style or event.tag else read_plain(text)
        except ValueError as error:
            reason = (str(error), "put it in quotes if it is text")
        self._broken(event, at, reason)
        return None

    def _sequence(self, at: Path, depth: int) -> list[JSON]:
        items: list[JSON] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            place = (*at, len(items))
            self.positions[place] = _start(event)
            items.append(self._value(event, place, depth))
        return items

    def _mapping(self, at: Path, depth: int) -> dict[str, JSON]:
        fields: dict[str, JSON] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, depth)
            if key is None or key in fields:
                self._skip_value(event, (*at, key or ""), depth)
                continue
            place = (*at, key)
            self.positions[place] = _start(event)
            fields[key] = self._value(self._next(), place, depth)
        return fields

    def _key(self, event: Event, depth: int) -> str | None:
        """The text of a key, or None after telling why it is none."""
        if not isinstance(event, ScalarEvent):
            self._report(_start(event), "a key must be text, not a collection", "write a plain word")
            self._discard(event, depth)
            return None
        self._refuse_marks(event)
        if reason := refusal(event.value, key=True) or _no_key(event):
            self._report(_start(event), *reason)
            return None
        return str(event.value)

    def _skip_value(self, key: Event, at: Path, depth: int) -> None:
        """Read the value of a key that can't be kept, for its problems only."""
        if at in self.positions:
            first = f"first in line {self.positions[at][0]}; keep one of them"
            self._report(_start(key), f"`{shown(str(at[-1]))}` is here twice", first)
        self._discard(self._next(), depth)

    def _discard(self, event: Event, depth: int) -> None:
        kept = self.positions, self.broken
        self.positions, self.broken = {}, set()
        self._value(event, (), depth)
        self.positions, self.broken = kept

    def _broken(self, event: Event, at: Path, reason: tuple[str, str]) -> None:
        self.broken.add(at)
        self._report(_start(event), *reason)

    def _report(self, position: Position, message: str, hint: str) -> None:
        self.problems.append(Problem(self.path, *position, message, hint))
        if len(self.problems) >= MOST_PER_FILE:
            raise _Stop

    def _stop(self, position: Position, message: str, hint: str) -> NoReturn:
        self.problems.append(Problem(self.path, *position, message, hint))
        raise _Stop


def _start(event: Event) -> Position:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _no_key(event: Event) -> tuple[str, str] | None:
    """Why a plain scalar can't be a key: message and hint."""
    text = str(event.value)
    if event.style:
        return None
    if text == "<<":
        return "merge keys (`<<`) are not read", "write the fields out"
    try:
        is_text = isinstance(read_plain(text), str)
    except ValueError:
        is_text = False
    return None if is_text else (f"the key `{shown(text)}` is not text", f'write it as "{shown(text)}"')
