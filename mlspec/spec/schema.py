"""JSON Schemas of the documents, for editors; the models are their only source."""

from __future__ import annotations

from typing import Any, Final

from mlspec.errors import MlspecError
from mlspec.spec.parse import KINDS
from mlspec.spec.problem import one_of, suggest
from mlspec.spec.project import ProjectSpec

LATER: Final = "Does not work yet in this version."
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def json_schema(kind: str) -> Schema:
    """The JSON Schema (2020-12) of a kind of document, `Model`, `Features` or `Project`; MlspecError for others."""
    section = KINDS.get(kind) or KINDS.get(kind.capitalize())
    if section is None:
        hint = suggest(kind.capitalize(), KINDS) or f"known are {one_of(KINDS)}"
        raise MlspecError(f"unknown kind `{kind}`", hint=hint)
    body = section.model_json_schema(by_alias=True, mode="validation")
    named = [] if section is ProjectSpec else ["name"]
    always = ["apiVersion", "kind", *named]
    body["required"] = always + [name for name in body.get("required", ()) if name not in always]
    title = next(name for name, known in KINDS.items() if known is section)
    _tidy(body)
    return {"$schema": _DIALECT, "$id": f"urn:mlspec:v1:{title}"} | body | {"title": f"mlspec {title}"}


def _tidy(node: Any) -> None:
    """Say which fields wait for a later version, and drop what pydantic adds and nobody reads."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    if "patternProperties" in node:
        node["additionalProperties"] = False  # else a name that breaks the pattern is not looked at
    for field in node.get("properties", {}).values():
        _field(field)
    for inner in node.values():
        _tidy(inner)


def _field(field: Schema) -> None:
    field.pop("title", None)
    if field.get("default", ...) is None:
        del field["default"]
    if field.pop("later", False):
        field["description"] = f"{field['description']} {LATER}"
        field["deprecated"] = True
