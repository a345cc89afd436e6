"""The reference page of all fields, `docs/reference/spec.md`: `python -m mlspec.spec.reference` prints it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from mlspec.domain.metrics import METRICS
from mlspec.spec.parse import KINDS
from mlspec.spec.problem import one_of
from mlspec.spec.schema import LATER, json_schema

Schema = dict[str, Any]

_OPENING: Final = """\
# The spec
<!-- Written by `python -m mlspec.spec.reference`; a test compares it with the code. -->

Specs are YAML files below `specs/`: one `Project` at most (`specs/project.yaml`) and a `Model` per model. Unknown and
repeated fields are errors. The reader takes YAML 1.2's plain values: `on`, `yes` and `1:30` are text, `0o17` is 15;
anchors, aliases, tags and several documents in one file are refused, and so is `${{` in any text.

Paths are relative to the repository's root. Sizes are numbers of bytes or texts such as `100MB` and `4Gi`.
Fields marked *later* are part of the format and don't work yet: using one is an error, so that nothing is ignored.

`mlspec schema Model` and `mlspec schema Project` print JSON Schemas for editors.
"""
_WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
    "array": "list",
}


def reference_markdown() -> str:
    """The whole page."""
    parts = [_OPENING]
    for kind in KINDS:
        schema = json_schema(kind)
        parts += [f"## {kind}\n", f"{schema['description']}\n", *_section(schema, schema, "")]
    return "\n".join([*parts, *_metrics()])


def _metrics() -> Iterator[str]:
    yield "## Metrics\n"
    yield "Names are scikit-learn's, without `neg_`. `model_size` is in bytes, is always measured and only for gates.\n"
    rows = (f"| `{m.name}` | {m.task} | {'higher' if m.higher else 'lower'} |" for m in METRICS.values())
    yield "\n".join(["| metric | for | better is |", "|---|---|---|", *rows]) + "\n"


def _section(section: Schema, root: Schema, at: str) -> Iterator[str]:
    """A table of a section's fields, then its sections."""
    rows = [
        _row(name, field, root, name in section.get("required", ())) for name, field in section["properties"].items()
    ]
    yield "\n".join(["| field | value | default | |", "|---|---|---|---|", *rows]) + "\n"
    for name, field in section["properties"].items():
        if field.get("deprecated"):
            continue
        for inner, suffix in _inner(field, root):
            path = f"{at}{name}{suffix}"
            yield f"### `{path}`\n\n{inner['description']}\n"
            yield from _section(inner, root, f"{path}.")


def _row(name: str, field: Schema, root: Schema, required: bool) -> str:  # noqa: FBT001
    description = str(field.get("description") or _resolve(field, root).get("description", ""))
    if field.get("deprecated"):
        description = f"*Later.* {description.removesuffix(LATER).strip()}"
    return f"| `{name}` | {_value(field, root)} | {_default(field, required)} | {description} |".replace("  ", " ")


def _default(field: Schema, required: bool) -> str:  # noqa: FBT001
    if required:
        return "**required**"
    default = field.get("default")
    return "" if default in ({}, [], "", None) or isinstance(default, dict) else f"`{json.dumps(default)}`"


def _value(field: Schema, root: Schema) -> str:
    """What can be written, in words."""
    field = _resolve(field, root)
    choices = field.get("enum") or ([field["const"]] if "const" in field else None)
    if choices:
        return "metric" if "accuracy" in choices else one_of(map(str, choices))
    if "anyOf" in field:
        words = [_value(item, root) for item in field["anyOf"] if item.get("type") != "null"]
        return " or ".join(dict.fromkeys(words))
    kind = field.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(_WORDS[item] for item in kind)
    if kind == "array":
        return f"list of {_plural(_value(field['items'], root))}"
    if entries := _entries(field):
        return f"name → {_value(entries, root)}"
    return "path" if field.get("format") == "path" else _WORDS.get(str(kind), str(kind))


def _plural(words: str) -> str:
    return f"{words}s" if words in {"mapping", "path", "metric", "any value"} else words


def _entries(field: Schema) -> Schema | None:
    """What the values of a mapping with free keys are."""
    free = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
    return free if isinstance(free, dict) else None


def _inner(field: Schema, root: Schema) -> Iterator[tuple[Schema, str]]:
    """The sections that a field holds, with how a path shows that."""
    field = _resolve(field, root)
    if "properties" in field:
        yield field, ""
    for item in field.get("anyOf", ()):
        yield from _inner(item, root)
    if field.get("type") == "array" and isinstance(field.get("items"), dict):
        yield from ((inner, "[]" + suffix) for inner, suffix in _inner(field["items"], root))
    if entries := _entries(field):
        yield from ((inner, ".NAME" + suffix) for inner, suffix in _inner(entries, root))


def _resolve(field: Schema, root: Schema) -> Schema:
    if "$ref" not in field:
        return field
    found: Schema = root["$defs"][field["$ref"].rpartition("/")[2]]
    return found


if __name__ == "__main__":
    sys.stdout.write(reference_markdown())
