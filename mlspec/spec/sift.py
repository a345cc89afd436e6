"""Sorts out what a document can't have: unknown fields and fields of later versions. The rest goes to pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlspec.domain.digest import JSON
from mlspec.spec.problem import Fault, Path, one_of, shown, suggest
from mlspec.spec.shape import Shape, homes
from mlspec.spec.unsupported import refuse

MOST_SUGGESTIONS = 20


@dataclass
class Sieve:
    """One document on its way through: `root` is its shape, `faults` what stays behind."""

    root: Shape
    faults: list[Fault] = field(default_factory=list)

    def keep(self, value: JSON, shape: Shape, at: Path = ()) -> JSON:
        """The value without what its shape does not know; shapeless values stay as they are."""
        if isinstance(value, Mapping):
            if shape.fields:
                return self._section(value, shape, at)
            if shape.items:
                return {key: self.keep(item, shape.items, (*at, key)) for key, item in value.items()}
        elif isinstance(value, list) and shape.items:
            return [self.keep(item, shape.items, (*at, index)) for index, item in enumerate(value)]
        return value

    def _section(self, value: Mapping[str, JSON], shape: Shape, at: Path) -> JSON:
        kept: dict[str, JSON] = {}
        for key, item in value.items():
            inner = shape.fields.get(key)
            if inner is None:
                self.faults.append(self._unknown(key, shape, at))
            elif inner.later:
                self._later((*at, key), item)
            else:
                kept[key] = self.keep(item, inner, (*at, key))
        return kept

    def _later(self, at: Path, value: JSON) -> None:
        if value is not None:
            self.faults.append(refuse(at))

    def _unknown(self, key: str, shape: Shape, at: Path) -> Fault:
        hint = self._hint(key, shape, at) if len(self.faults) < MOST_SUGGESTIONS else ""
        return Fault((*at, key), f"unknown field `{shown(key)}`", hint)

    def _hint(self, key: str, shape: Shape, at: Path) -> str:
        known = [name for name, inner in shape.fields.items() if not inner.later]
        places = list(homes(self.root, key))
        if close := suggest(key, known):
            return close
        if len(places) == 1:
            return f"`{shown(key)}` belongs under `{places[0]}`" if places[0] else f"`{key}` belongs at the top"
        if at == ("training",):
            return "parameters of the model belong under `training.params`"
        return f"known here: {one_of(known)}" if known else "remove it"


def suggested(fault: Fault, word: str) -> bool:
    """Whether a fault already told that this word was meant."""
    return fault.hint == f"did you mean `{word}`?"


def describe(value: JSON) -> str:
    """A value out of a document, in words."""
    match value:
        case None:
            return "nothing"
        case bool() | int() | float():
            return f"{'the value' if isinstance(value, bool) else 'the number'} `{json.dumps(value)}`"
        case str():
            return f"the text `{shown(value)}`" if value else "an empty text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def pick(value: JSON, at: Iterable[str | int]) -> JSON:
    """What stands at a place of a document; None where nothing does."""
    for part in at:
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
