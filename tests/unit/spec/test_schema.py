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
        ("model_size, max: 100MB", "latency_p95, max: 50ms", True),
        ("model_size, max: 100MB", "latency_p95, max: 50", False),
        ("model_size, max: 100MB", "latency_p95, against: production, max_drop: 0.005", False),
        ("model_size, max: 100MB", "latency_p95, against: production, max_drop: 0", True),
        ("model_size, max: 100MB", "model_size, max: 1000", True),
    ],
)
def test_schema_and_loader_agree(old: str, new: str, good: bool) -> None:
    text = WINE.replace(old, new, 1)
    by_schema = Draft202012Validator(json_schema("Model")).is_valid(yaml.safe_load(text))
    project = b"apiVersion: mlspec/v1\nkind: Project\nenvironments: {production: {}, staging: {}}\n"
    by_loader = not load({"m.yaml": text.encode(), "p.yaml": project}).problems
    assert (by_schema, by_loader) == (good, good)


@pytest.mark.parametrize(
    ("serving", "good"),
    [
        ("{image: }", True),
        (f"{{image: {{base: 'localhost:5000/a__b/c-d.e:1.0@sha256:{'0' * 64}'}}}}", True),
        ("{image: {base: Python}}", False),
        ("{image: {base: 'python:'}}", False),
        ("{image: {system_packages: [g++, libstdc++6, 'a1=1:2.0~rc1+b1']}}", True),
        ("{image: {system_packages: [a]}}", False),
        ("{image: {system_packages: ['a b']}}", False),
        ("{image: {dockerfile: serve/Dockerfile}}", True),
        ("{env: [_A, b2]}", True),
        ("{env: [A-B]}", False),
        ("{health: '/a/b?c=d'}", True),
        ("{health: up}", False),
        ('{health: "/a\'b"}', False),
        ("{resources: {cpu: 0.5, memory: 6Mi}}", True),
        ("{resources: {cpu: 0}}", False),
        ("{entrypoint: [a, '-b']}", True),
        ("{entrypoint: []}", False),
    ],
)
def test_schema_and_loader_agree_on_containers(serving: str, good: bool) -> None:
    text = WINE.replace("{limits: {body: 1MB}}", serving)
    by_schema = Draft202012Validator(json_schema("Model")).is_valid(yaml.safe_load(text))
    project = b"apiVersion: mlspec/v1\nkind: Project\nenvironments: {production: {target: docker}}\n"
    by_loader = not load({"m.yaml": text.encode(), "p.yaml": project}).problems
    assert (by_schema, by_loader) == (good, good)


@pytest.mark.parametrize(
    ("project", "good"),
    [
        ("registry: {images: 'example.com:5000/a/b'}", True),
        ("registry: {images: example.com}", False),
        ("registry: {images: 'example.com/a:1'}", False),
        ("environments: {a: {target: swarm, bind: '::', context: a.b, constraints: ['node.role != manager']}}", True),
        ("environments: {a: {target: docker, bind: localhost}}", False),
        ("environments: {a: {target: docker, proxy: 'haproxy:2.8-alpine'}}", True),
        ("environments: {a: {target: docker, context: a/b}}", False),
        ("environments: {a: {target: swarm, constraints: ['role==x']}}", False),
        ("environments: {a: {target: podman}}", False),
    ],
)
def test_schema_and_loader_agree_on_projects(project: str, good: bool) -> None:
    text = f"apiVersion: mlspec/v1\nkind: Project\n{project}\n"
    by_schema = Draft202012Validator(json_schema("Project")).is_valid(yaml.safe_load(text))
    assert (by_schema, not load({"p.yaml": text.encode()}).problems) == (good, good)


def test_fields_of_later_versions_are_marked() -> None:
    properties = json_schema("Project")["properties"]
    assert "Does not work yet" in properties["defaults"]["description"]
    properties = json_schema("Model")["properties"]
    assert "Does not work yet" not in properties["training"].get("description", "")
