"""Spec → blueprint: what the spec's text decides, with lines to point at."""

from __future__ import annotations

from dataclasses import replace

from fakes.wanted import COMMAND, FILES, PROJECT, SPEC, model

from mlspec.compiler.specs import SpecCompiler
from mlspec.domain.desired import Blueprint, Site


def blueprint(spec: str = SPEC, project: str = "") -> Blueprint:
    """The blueprint of one spec."""
    return model(spec, project=project, files=FILES | {"train.py": "", "requirements.lock": ""}).blueprint


def test_identity_and_places() -> None:
    found = blueprint()
    assert (found.name, found.path, found.folder, found.first) == ("wine", "specs/wine.yaml", "models/wine", "v0.1.0")
    assert found.where(found.line) == "specs/wine.yaml:3"


def test_gates_keep_their_lines() -> None:
    spec = SPEC.replace("min: 0.8}\n", "min: 0.8}\n    - {metric: accuracy, against: production, max_drop: 0.1}\n")
    gates = blueprint(spec).gates
    assert [(gate.kind, gate.line) for gate in gates] == [("absolute", 18), ("against", 19)]


def test_a_deployment_says_all_that_a_server_is_told() -> None:
    (place,) = blueprint(SPEC + "    port: 8080\nserving: {trust: [a.B], limits: {body: 2MB}}\n").deployments
    assert dict(place.serve) == {
        "replicas": 1,
        "port": 8080,
        "protocol": "open-inference-v2",
        "trust": ["a.B"],
        "limits.body": 2_000_000,
        "limits.batch": 1000,
        "limits.depth": 16,
    }
    assert (place.lines["replicas"], place.lines["port"], place.lines["limits.body"]) == (21, 22, 23)


def test_what_is_not_set_is_not_told() -> None:
    (place,) = blueprint(SPEC + "serving: {startup_timeout: 2m}\n").deployments
    assert (place.serve["startup_timeout"], place.lines["startup_timeout"]) == (120, 22)
    assert "startup_timeout" not in blueprint().deployments[0].serve


def test_promotion_is_the_environments_unless_the_model_says_otherwise() -> None:
    project = PROJECT.replace("production: {}", "production: {promote: manual}")
    spec = SPEC + "  staging: {from: production}\n"
    found = {place.environment: (place.promote, place.source) for place in blueprint(spec, project).deployments}
    assert found == {"production": ("manual", ""), "staging": ("auto", "production")}
    auto = blueprint(spec.replace("replicas: 1", "promote: auto"), project)
    assert auto.deployments[0].promote == "auto"


def test_stages_are_those_of_the_pipeline() -> None:
    assert blueprint().stages == ("validate", "prepare", "train", "evaluate")
    assert blueprint(COMMAND).stages == ("validate", "prepare", "train", "package", "evaluate")


def test_what_the_pipeline_makes_itself_is_no_input() -> None:
    spec = COMMAND.replace("  outs:", "  deps: [models/wine/prepared, models/other.json]\n  outs:")
    assert [ref.path for ref in blueprint(spec).files] == ["models/other.json", "train.py", "data/wine.csv"]


def test_comments_and_blanks_move_lines_and_nothing_else() -> None:
    moved = blueprint(SPEC.replace("training:", "\n# about training\ntraining:"))
    plain = blueprint()
    assert [subject.line - 2 for subject in moved.subjects if subject.name.startswith("training.")] == [
        subject.line for subject in plain.subjects if subject.name.startswith("training.")
    ]
    assert [replace(subject, line=0) for subject in moved.subjects] == [
        replace(subject, line=0) for subject in plain.subjects
    ]


def test_the_environments_of_a_project_have_sites() -> None:
    project = (
        b"apiVersion: mlspec/v1\nkind: Project\nregistry: {images: example.com/shop}\n"
        b"environments: {near: {}, far: {target: docker, context: up}, many: {target: swarm, bind: '::'}}\n"
    )
    facts = SpecCompiler("shop").project({"specs/project.yaml": project})
    assert facts.sites == {"near": Site("process"), "far": Site("docker", "up"), "many": Site("swarm")}
    assert facts.registry == "example.com/shop"
    assert SpecCompiler("shop").project({}).registry == ""
