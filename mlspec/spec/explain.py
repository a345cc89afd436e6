"""pydantic's errors in plain words: what is expected, what was found, what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from mlspec.domain.digest import JSON
from mlspec.domain.words import duration
from mlspec.spec.problem import Fault, Path, dotted, one_of, suggest
from mlspec.spec.shape import spelled
from mlspec.spec.sift import describe, pick
from mlspec.spec.values import Section

_EXPECTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LIMITS: Final = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

_TIME: Final = re.compile(r"[0-9.]+(?:ms|s|m|h|d|w)")

Words = tuple[str, str]


def explain(error: ValidationError, document: JSON, section: type[Section]) -> Iterator[Fault]:
    """A fault for each place that pydantic complains about, told once."""
    told: set[Path] = set()
    for item in error.errors(include_url=False, include_input=False):
        at = tuple(part for part in item["loc"] if part != "[key]")
        if at in told or (item["type"] == "too_short" and _has_enough(pick(document, at), item["ctx"])):
            continue
        told.add(at)
        if item["type"] == "missing":
            yield _missing(at, section)
            continue
        message, hint = _words(item["type"], item.get("ctx", {}), pick(document, at), item["msg"])
        yield Fault(at, f"`{dotted(at)}`: {message}" if at else message, hint)


def _has_enough(value: JSON, context: Mapping[str, Any]) -> bool:
    """Whether a list is long enough by what stands there: pydantic does not count items that are wrong themselves."""
    return isinstance(value, list | Mapping) and len(value) >= int(context["min_length"])


def _missing(at: Path, section: type[Section]) -> Fault:
    field, parent = str(at[-1]), at[:-1]
    inside = f" in `{dotted(parent)}`" if parent else ""
    return Fault(parent, f"`{field}` is missing{inside}", _description(section, at), missing=field)


def _words(kind: str, context: Mapping[str, Any], value: JSON, fallback: str) -> Words:
    if kind == "mlspec":
        return str(context["message"]), str(context["hint"])
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {describe(value)}", _quote(kind, value)
    if kind in _LIMITS:
        words, limit = _LIMITS[kind]
        return f"must be {words} {_plain(context[limit], value)}, is {describe(value).rpartition(' ')[2]}", ""
    special = _SPECIAL.get(kind)
    return special(context, value) if special else (fallback, "")


def _plain(limit: object, value: JSON) -> str:
    """A limit, as a length of time where the value is written as one."""
    if isinstance(limit, int | float) and limit >= 1 and isinstance(value, str) and _TIME.fullmatch(value):
        return duration(limit)
    return f"{limit:g}" if isinstance(limit, float) else str(limit)


def _quote(kind: str, value: JSON) -> str:
    """What to write where text was meant and YAML read something else, or the other way round."""
    if value is None:
        return "write its value after it, or remove the line"
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind == "tuple_type" and isinstance(value, str | int | float):
        return "put it in brackets: `[…]`"
    if isinstance(value, str) and kind in {"int_type", "float_type"} and re.fullmatch(r"[-+0-9.]+", value):
        return "remove the quotes"
    return ""


def _literal(context: Mapping[str, Any], value: JSON) -> Words:
    choices = re.findall(r"'([^']*)'", str(context["expected"]))
    close = suggest(value, choices) if isinstance(value, str) else ""
    return f"expected {one_of(choices)}, found {describe(value)}", close


def _short(context: Mapping[str, Any], value: JSON) -> Words:  # noqa: ARG001 - one signature for all
    least = int(context["min_length"])
    return ("must not be empty", "") if least == 1 else (f"needs at least {least} items", "")


_SPECIAL: Final[dict[str, Callable[[Mapping[str, Any], JSON], Words]]] = {
    "literal_error": _literal,
    "too_short": _short,
}


def _description(section: type[Section], at: Path) -> str:
    """The description of the field at a place, without its full stop."""
    name, *rest = at
    if isinstance(name, int):
        return _description(section, tuple(rest)) if rest else ""
    fields = {spelled(own, info): info for own, info in section.model_fields.items()}
    if not rest or name not in fields:
        return (fields[name].description or "").rstrip(".") if name in fields else ""
    for inner in _sections(fields[name].annotation):
        if found := _description(inner, tuple(rest)) or _description(inner, tuple(rest[1:]) or ("",)):
            return found
    return ""


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The sections that an annotation holds."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _sections(inner)
