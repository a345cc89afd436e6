"""Targets that run containers: what of the specs makes a deployment, and nothing that is not set."""

from __future__ import annotations

import pytest
from fakes.wanted import SPEC

from mlspec.kinds.registry import discover
from mlspec.kinds.target import Target
from mlspec.spec.load import load
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import EnvironmentSpec

ALWAYS = {
    "image": "",
    "image.base": "python:3.11-slim",
    "health": "/v2/health/ready",
    "environment.bind": "127.0.0.1",
    "environment.proxy": "haproxy:2.6",
}


def model(serving: str) -> ModelSpec:
    """The model with this `serving`, read as a spec is."""
    project = b"apiVersion: mlspec/v1\nkind: Project\nenvironments: {production: {target: docker}}\n"
    files = {"p.yaml": project, "m.yaml": f"{SPEC}serving: {serving}\n".encode()}
    return load(files).sound().models[0].spec


@pytest.mark.parametrize("target", ["docker", "swarm"])
def test_defaults(target: str) -> None:
    kind = discover("mlspec.kinds.target", Target)[target]
    assert kind.name == target
    assert kind.render(model("{}"), "production") == {}
    assert kind.settings(model("{}"), EnvironmentSpec()) == ALWAYS


@pytest.mark.parametrize(
    ("serving", "more"),
    [
        ("{entrypoint: [a, b]}", {"entrypoint": ["a", "b"]}),
        ("{health: /up}", {"health": "/up"}),
        ("{env: [B, A]}", {"env": ["B", "A"]}),
        ("{resources: {cpu: 0.5, memory: 1Gi}}", {"resources.cpu": 0.5, "resources.memory": 2**30}),
        ("{image: {base: python:3.12}}", {"image.base": "python:3.12"}),
        ("{image: {system_packages: [libgomp1]}}", {"image.system_packages": ["libgomp1"]}),
        ("{image: {requirements: a.txt}}", {"image.requirements": "a.txt"}),
        ("{image: {refresh: now}}", {"image.refresh": "now"}),
    ],
)
def test_what_a_model_sets(serving: str, more: dict[str, object]) -> None:
    kind = discover("mlspec.kinds.target", Target)["docker"]
    assert kind.settings(model(serving), EnvironmentSpec()) == ALWAYS | more


def test_a_dockerfile_of_ones_own_decides_base_and_health() -> None:
    kind = discover("mlspec.kinds.target", Target)["swarm"]
    found = kind.settings(model("{image: {dockerfile: serve/Dockerfile}}"), EnvironmentSpec())
    assert found == {key: value for key, value in ALWAYS.items() if key not in {"image.base", "health"}} | {
        "image.dockerfile": "serve/Dockerfile"
    }


def test_what_an_environment_sets() -> None:
    environment = EnvironmentSpec(bind="0.0.0.0", proxy="x/y:1", env_file="a.env", constraints=("node.role==worker",))
    found = discover("mlspec.kinds.target", Target)["swarm"].settings(model("{}"), environment)
    assert {key: value for key, value in found.items() if key.startswith("environment.")} == {
        "environment.bind": "0.0.0.0",
        "environment.proxy": "x/y:1",
        "environment.env_file": "a.env",
        "environment.constraints": ["node.role==worker"],
    }


def test_the_context_is_no_setting() -> None:
    """It says where, not what: an engine reached by another name runs the same."""
    kind = discover("mlspec.kinds.target", Target)["docker"]
    assert kind.settings(model("{}"), EnvironmentSpec(context="far")) == ALWAYS
