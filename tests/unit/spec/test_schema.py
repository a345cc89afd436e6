"""JSON Schemas: valid themselves, and of one mind with the loader."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from mlspec.errors import MlspecError
from mlspec.spec.load import load
from mlspec.spec.schema import json_schema

WINE = """\
apiVersion: mlspec/v1
kind: Model
name: wine
data: {sources: [{name: wine, path: data/wine.csv}]}
training: {estimator: sklearn.linear_model.LogisticRegression, target: cultivar}
evaluation: {metrics: [accuracy], gates: [{metric: model_size, max: 100MB}]}
serving: {limits: {body: 1MB}}
deploy:
  production:
"""


@pytest.mark.parametrize("kind", ["Model", "Project", "model", "project"])
def test_schemas_are_valid(kind: str) -> None:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:mlspec:v1:{kind.capitalize()}"
    assert {"apiVersion", "kind"} <= set(schema["required"])


def test_an_unknown_kind_is_refused_with_a_suggestion() -> None:
    with pytest.raises(MlspecError, match="did you mean `Model`"):
        json_schema("Modell")


@pytest.mark.parametrize(
    ("old", "new", "good"),
    [
        ("", "", True),
        ("name: wine\n", "name: Wine\n", False),
        ("production:", "production: {from: staging}\n  staging:", True),
        ("production:", "production: {from_: staging}\n  staging:", False),
        ("production:", "production: {}\n  Production:", False),
        ("[accuracy]", "[accurracy]", False),
        ("body: 1MB", "body: 1M B", False),
        ("target: cultivar", "target: ''", False),
        ("target: cultivar", "tarjet: cultivar", False),
        ("apiVersion: mlspec/v1\n", "", False),
        ("  production:", "  production: {replicas: 65}", False),
        ("  production:", "  production: {port: 80}", False),
    ],
)
def test_schema_and_loader_agree(old: str, new: str, good: bool) -> None:
    text = WINE.replace(old, new, 1)
    by_schema = Draft202012Validator(json_schema("Model")).is_valid(yaml.safe_load(text))
    project = b"apiVersion: mlspec/v1\nkind: Project\nenvironments: {production: {}, staging: {}}\n"
    by_loader = not load({"m.yaml": text.encode(), "p.yaml": project}).problems
    assert (by_schema, by_loader) == (good, good)


def test_fields_of_later_versions_are_marked() -> None:
    properties = json_schema("Model")["properties"]
    assert "Does not work yet" in properties["monitoring"]["description"]
    assert "Does not work yet" not in properties["training"].get("description", "")
