"""Examples of the reference: every field has one, in a whole spec that compiles, and taking it away is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlspec.compiler.specs import SpecCompiler
from mlspec.spec.examples import examples, fields, used
from mlspec.spec.parse import KINDS
from mlspec.spec.problem import SpecError
from mlspec.spec.schema import json_schema
from mlspec.spec.yaml import read

FOLDER = Path(__file__).parents[3] / "docs" / "reference" / "examples"
SCHEMAS = {kind: json_schema(kind) for kind in KINDS}
FIELDS = [path for kind, schema in SCHEMAS.items() for path in fields(schema, kind)]
FOLDERS = {"workshop": "services/workshop"}
"""Where projects lie in their repositories, other than at the top."""
SILENT = {
    "Project.ci.folder": "mlspec finds it itself, and checks what is said",
    "Model.serving.protocol": "there is one protocol, and it is the default",
    "Project.ci.matrix.by": "there is one way, and it is the default",
    "Features.description": "it is for people who read the spec",
    "Features.owners": "it is for people who read the spec",
}
"""Fields that may be taken away without a trace, and why."""


@cache
def projects() -> dict[str, dict[str, dict[str, Any]]]:
    """Project → path → document."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in sorted(FOLDER.glob("*/specs/*.yaml")):
        document = read(path.name, path.read_bytes())
        assert isinstance(document.value, dict), path
        found.setdefault(path.parts[-3], {})[f"specs/{path.name}"] = document.value
    return found


def outcome(name: str, documents: Mapping[str, Mapping[str, Any]]) -> Any:
    """All that comes of specs, each written in one line: facts, blueprints and files; or what is wrong with them."""
    compiler = SpecCompiler("example", FOLDERS.get(name, ""))
    contents = {path: json.dumps(value).encode() for path, value in documents.items()}
    try:
        blueprints = compiler.blueprints(contents)
        files = [compiler.generated(contents, path) for path in blueprints]
        return compiler.project(contents), blueprints, files, compiler.of_project(contents, ())
    except SpecError as error:
        return str(error.problems)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_an_example_compiles(name: str) -> None:
    found = outcome(name, projects()[name])
    assert not isinstance(found, str), found
    assert found[1]


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_has_an_example(path: str) -> None:
    documents = [document for project in projects().values() for document in project.values()]
    known = examples(documents, SCHEMAS)
    assert path in known, f"write an example of {path} into a spec below docs/reference/examples"


@cache
def places() -> dict[str, list[tuple[str, str, dict[str, Any], str]]]:
    """Field → where its examples are: project, file, and the mapping and the key that have the value."""
    found: dict[str, list[tuple[str, str, dict[str, Any], str]]] = {}
    for name, documents in projects().items():
        for file, document in documents.items():
            for path, holder, key in used(document, SCHEMAS[document["kind"]]):
                assert isinstance(holder, dict)
                found.setdefault(path, []).append((name, file, holder, key))
    return found


def around(name: str, file: str) -> dict[str, dict[str, Any]]:
    """The documents that a file can have to do with: other models are none of a model's."""
    documents = projects()[name]
    alone = documents[file]["kind"] == "Model"
    return {path: item for path, item in documents.items() if path == file or item["kind"] != "Model" or not alone}


@cache
def before(name: str, file: str) -> Any:
    """What comes of a file and those around it as they are."""
    return outcome(name, around(name, file))


def is_noticed(name: str, file: str, holder: dict[str, Any], key: str) -> bool:
    """Whether anything else comes of specs without one value."""
    whole, documents, items = before(name, file), around(name, file), list(holder.items())
    del holder[key]
    try:
        return bool(outcome(name, documents) != whole)
    finally:
        holder.clear()
        holder.update(items)


@pytest.mark.slow
@pytest.mark.parametrize("path", FIELDS)
def test_no_field_is_ignored(path: str) -> None:
    assert any(is_noticed(*place) for place in places()[path]) == (path not in SILENT)
