"""The reference page of all fields, `docs/reference/spec.md`: `python -m mlspec.spec.reference` prints it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from mlspec.domain.metrics import METRICS
from mlspec.spec.examples import Examples, Schema, entries, examples, resolve, sections
from mlspec.spec.parse import KINDS
from mlspec.spec.problem import one_of
from mlspec.spec.schema import LATER, json_schema
from mlspec.spec.yaml import read

_EXAMPLES: Final = "docs/reference/examples"

_OPENING: Final = """\
# The spec
<!-- Written by `python -m mlspec.spec.reference`; a test compares it with the code. -->

Specs are YAML files below `specs/`: one `Project` at most (`specs/project.yaml`) and a `Model` per model. Unknown and
repeated fields are errors. The reader takes YAML 1.2's plain values: `on`, `yes` and `1:30` are text, `0o17` is 15;
anchors, aliases, tags and several documents in one file are refused, and so is `${{` in any text.

Paths are relative to the project's folder: the repository's root, or a folder of it.
Sizes are numbers of bytes or texts such as `100MB` and `4Gi`.
Fields marked *later* are part of the format and don't work yet: using one is an error, so that nothing is ignored.

The examples are those of whole specs in [examples](examples), which a test compiles.

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


def reference_markdown(documents: Iterable[Mapping[str, Any]]) -> str:
    """The whole page; `documents` are specs, whose values stand beside the fields as examples."""
    parts, schemas = [_OPENING], {kind: json_schema(kind) for kind in KINDS}
    shown = examples(documents, schemas)
    for kind, schema in schemas.items():
        own = {path.removeprefix(f"{kind}."): value for path, value in shown.items() if path.startswith(f"{kind}.")}
        parts += [f"## {kind}\n", f"{schema['description']}\n", *_section(schema, schema, "", own)]
    return "\n".join([*parts, *_metrics()])


def example_documents(folder: Path) -> list[dict[str, Any]]:
    """The specs of the example projects below a folder, in the order of their names."""
    files = sorted(folder.glob("*/specs/*.yaml"))
    found = (read(path.as_posix(), path.read_bytes()).value for path in files)
    return [document for document in found if isinstance(document, dict)]


def _metrics() -> Iterator[str]:
    yield "## Metrics\n"
    yield "Names are scikit-learn's, without `neg_`. `model_size` is in bytes, is always measured and only for gates.\n"
    yield (
        "Of two classes, `precision`, `recall`, `f1`, `jaccard`, `average_precision` and the plots `roc`, "
        "`precision_recall` and `calibration` are about the last one in sorted order, as scikit-learn has it: of `0` "
        "and `1` the `1`, of `benign` and `malignant` the `malignant`, of `no` and `yes` the `yes`. Where the class "
        "that matters comes first (`default` and `paid`), write the target so that it comes last, or gate on "
        "`recall_macro`, the mean over both. Of more classes these metrics are that mean anyway.\n"
    )
    rows = (f"| `{m.name}` | {m.task} | {'higher' if m.higher else 'lower'} |" for m in METRICS.values())
    yield "\n".join(["| metric | for | better is |", "|---|---|---|", *rows]) + "\n"


def _section(section: Schema, root: Schema, at: str, shown: Examples) -> Iterator[str]:
    """A table of a section's fields, then its sections."""
    rows = [
        _row(name, field, root, _Said(name in section.get("required", ()), shown.get(f"{at}{name}")))
        for name, field in section["properties"].items()
    ]
    yield "\n".join(["| field | value | default | example | |", "|---|---|---|---|---|", *rows]) + "\n"
    for name, field in section["properties"].items():
        if field.get("deprecated"):
            continue
        for inner, suffix in sections(field, root):
            path = f"{at}{name}{suffix}"
            yield f"### `{path}`\n\n{inner['description']}\n"
            yield from _section(inner, root, f"{path}.", shown)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is known of a field besides its own schema."""

    required: bool
    example: Any


def _row(name: str, field: Schema, root: Schema, said: _Said) -> str:
    description = str(field.get("description") or resolve(field, root).get("description", ""))
    if field.get("deprecated"):
        description = f"*Later.* {description.removesuffix(LATER).strip()}"
    cells = (f"`{name}`", _value(field, root), _default(field, said.required), _example(field, root, said.example))
    return f"| {' | '.join(cells)} | {description} |".replace("  ", " ")


def _example(field: Schema, root: Schema, value: Any) -> str:
    """A value as YAML in one line; sections have theirs field by field."""
    if value is None or any(isinstance(value, dict | list) for _ in sections(field, root)):
        return ""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True).removesuffix("...\n")
    return f"`{text.strip()}`".replace("|", "\\|")


def _default(field: Schema, required: bool) -> str:  # noqa: FBT001
    if required:
        return "**required**"
    default = field.get("default")
    return "" if default in ({}, [], "", None) or isinstance(default, dict) else f"`{json.dumps(default)}`"


def _value(field: Schema, root: Schema) -> str:
    """What can be written, in words."""
    field = resolve(field, root)
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
    if inner := entries(field):
        return f"name → {_value(inner, root)}"
    return "path" if field.get("format") == "path" else _WORDS.get(str(kind), str(kind))


def _plural(words: str) -> str:
    return f"{words}s" if words in {"mapping", "path", "metric", "any value"} else words


if __name__ == "__main__":
    sys.stdout.write(reference_markdown(example_documents(Path(_EXAMPLES))))
