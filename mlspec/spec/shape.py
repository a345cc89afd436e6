"""The shape of a document: which fields each part has, which of them wait for a later version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from mlspec.spec.values import Section


@dataclass(frozen=True, slots=True)
class Shape:
    """A section has `fields`; a list or a mapping of sections has `items`; anything else has neither."""

    fields: Mapping[str, Shape]
    items: Shape | None = None
    later: bool = False


LEAF = Shape({})


@cache
def shape_of(section: type[Section]) -> Shape:
    """The shape of a section, as its document spells the fields."""
    fields = section.model_fields.items()
    return Shape({spelled(name, info): _field(info) for name, info in fields})


def spelled(name: str, info: FieldInfo) -> str:
    """A field's name in a document."""
    return info.alias or name


def is_later(info: FieldInfo) -> bool:
    """Whether this version refuses the field."""
    extra = info.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("later"))


def homes(shape: Shape, field: str, at: str = "") -> Iterator[str]:
    """The sections outside lists that have a field of this name."""
    for name, inner in shape.fields.items():
        if name == field and not inner.later:
            yield at
        if not inner.later:
            yield from homes(inner, field, f"{at}.{name}".removeprefix("."))


def _field(info: FieldInfo) -> Shape:
    return Shape({}, later=True) if is_later(info) else _annotated(info.annotation)


def _annotated(annotation: Any) -> Shape:
    """The shape behind `Annotated`, `… | None`, `tuple[…, ...]` and `dict[str, …]`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments[0])
    if origin in {Union, UnionType}:
        return next((found for item in arguments if (found := _annotated(item)) is not LEAF), LEAF)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return shape_of(annotation)
    if origin is tuple or origin is dict:
        items = _annotated(arguments[0 if origin is tuple else 1])
        return LEAF if items is LEAF else Shape({}, items)
    return LEAF
