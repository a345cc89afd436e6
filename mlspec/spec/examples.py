"""Examples of fields: what whole specs hold, by the path that the reference page calls each field by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Examples = Mapping[str, Any]
"""`Model.data.sources[].url` → a value that some spec has there"""


def examples(documents: Iterable[Mapping[str, Any]], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Kind and path of each field that some documents use, with its value in the first of them; kind → schema."""
    found: dict[str, Any] = {}
    for document in documents:
        for path, holder, name in used(document, schemas[document["kind"]]):
            found.setdefault(path, holder[name])
    return found


def used(document: Mapping[str, Any], schema: Schema) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Each field that a document uses: its path, and the mapping and the key that have its value."""
    yield from _used(document, schema, schema, f"{document['kind']}.")


def fields(schema: Schema, kind: str) -> Iterator[str]:
    """Kind and path of every field that this version takes."""
    yield from _fields(schema, schema, f"{kind}.")


def sections(field: Schema, root: Schema) -> Iterator[tuple[Schema, str]]:
    """The sections that a field holds, with how a path shows that: nothing, `[]` for lists, `.NAME` for free keys."""
    field = resolve(field, root)
    if "properties" in field:
        yield field, ""
    for item in field.get("anyOf", ()):
        yield from sections(item, root)
    if field.get("type") == "array" and isinstance(field.get("items"), dict):
        yield from ((inner, "[]" + suffix) for inner, suffix in sections(field["items"], root))
    if inner_field := entries(field):
        yield from ((inner, ".NAME" + suffix) for inner, suffix in sections(inner_field, root))


def entries(field: Schema) -> Schema | None:
    """What the values of a mapping with free keys are."""
    free = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
    return free if isinstance(free, dict) else None


def resolve(field: Schema, root: Schema) -> Schema:
    """The field itself, where it is a reference to a definition."""
    if "$ref" not in field:
        return field
    found: Schema = root["$defs"][field["$ref"].rpartition("/")[2]]
    return found


def _fields(section: Schema, root: Schema, at: str) -> Iterator[str]:
    for name, field in section["properties"].items():
        below = [
            path for inner, suffix in sections(field, root) for path in _fields(inner, root, f"{at}{name}{suffix}.")
        ]
        if not field.get("deprecated") and (below or not any(True for _ in sections(field, root))):
            yield f"{at}{name}"
            yield from below


def _used(
    holder: Mapping[str, Any], section: Schema, root: Schema, at: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for name, field in section["properties"].items():
        if name in holder:
            yield f"{at}{name}", holder, name
            for inner, suffix in sections(field, root):
                for held in _below(holder[name], suffix):
                    yield from _used(held, inner, root, f"{at}{name}{suffix}.")


def _below(value: Any, suffix: str) -> Iterator[Mapping[str, Any]]:
    """The sections within a value, where it has the form that the suffix tells."""
    if not suffix:
        yield from (value,) if isinstance(value, Mapping) else ()
    elif suffix.startswith("[]"):
        for item in value if isinstance(value, list) else ():
            yield from _below(item, suffix.removeprefix("[]"))
    else:
        for item in value.values() if isinstance(value, Mapping) else ():
            yield from _below(item, suffix.removeprefix(".NAME"))
