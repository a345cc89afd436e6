"""Desired models and actual states for the planner, made from spec text and files in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlspec.compiler.blobs import blob_id
from mlspec.compiler.blueprint import blueprint
from mlspec.compiler.files import model_files
from mlspec.compiler.lockfile import packages
from mlspec.compiler.pointer import pointer_digest
from mlspec.compiler.resolve import resolve
from mlspec.domain.actual import Actual, Health, ModelHistory, Place, Rollout, Running
from mlspec.domain.desired import Blueprint, Desired, DesiredModel
from mlspec.domain.evidence import Evidence
from mlspec.domain.plan import Plan
from mlspec.domain.python import PythonCode, python_code
from mlspec.domain.record import ArtefactFile, Verdict, VersionRecord, artefact_digest
from mlspec.domain.version import Version
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.planner.judge import judge, rules, rules_digest
from mlspec.planner.plan import Selection, make_plan
from mlspec.spec.load import LoadedModel, load
from mlspec.spec.project import ProjectSpec

GATES = discover("mlspec.kinds.gate", GateKind)

SPEC = """\
apiVersion: mlspec/v1
kind: Model
name: wine
description: Cultivars
owners: [cellar@example.com]
data:
  sources:
    - {name: wine, path: data/wine.csv}
training:
  estimator: sklearn.ensemble.RandomForestClassifier
  target: cultivar
  params:
    max_depth: 8
    random_state: 7
evaluation:
  metrics: [accuracy]
  gates:
    - {metric: accuracy, min: 0.8}
deploy:
  production:
    replicas: 1
"""

COMMAND = SPEC.replace(
    "  estimator: sklearn.ensemble.RandomForestClassifier\n",
    "  command: python train.py\n  outs: [wine.skops]\n  environment: {lock: requirements.lock}\n",
)

PROJECT = "apiVersion: mlspec/v1\nkind: Project\nenvironments:\n  staging: {}\n  production: {}\n"

FILES = {"data/wine.csv": "alcohol,cultivar\n13,1\n"}


class MemoryTree:
    """A Tree over files in memory."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    def blob(self, path: str) -> str | None:
        return blob_id(self.files[path]) if path in self.files else None

    def below(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(f"{folder.rstrip('/')}/"))

    def pointer(self, path: str) -> str | None:
        data = self.files.get(f"{path}.dvc")
        return None if data is None else pointer_digest(data.decode())

    def python(self, path: str) -> PythonCode:
        return python_code(self.files[path])

    def packages(self, path: str) -> Mapping[str, str]:
        return packages(self.files[path].decode())


def wanted(*specs: str, files: Mapping[str, str | bytes] = FILES, project: str = "") -> Desired:
    """What these specs want of a tree with these files; the generated files are left out."""
    texts = {"specs/project.yaml": project.encode()} if project else {}
    for number, spec in enumerate(specs or (SPEC,)):
        name = next(line.split()[1] for line in spec.splitlines() if line.startswith("name:"))
        texts[f"specs/{name if number == 0 or name != 'wine' else f'{name}{number}'}.yaml"] = spec.encode()
    loaded = load(texts).sound()
    models = tuple(resolve(_blueprint(item, loaded.project), MemoryTree(files)) for item in loaded.models)
    return Desired("shop", "c0ffee", models, tuple(loaded.project.environments), {})


def _blueprint(loaded: LoadedModel, project: ProjectSpec) -> Blueprint:
    made = blueprint(loaded, project, model_files(loaded.spec, project, loaded.path))
    return replace(made, generated={})


def model(spec: str = SPEC, **options: Any) -> DesiredModel:
    """The one model of a spec."""
    return wanted(spec, **options).models[0]


def artefact(content: str) -> tuple[ArtefactFile, ...]:
    """The files of a model whose bytes are decided by `content`."""
    return (ArtefactFile("model.skops", f"md5 {content}", len(content), f"sha {content}"),)


def record(made_of: DesiredModel, version: str = "v0.1.0", **metrics: float) -> VersionRecord:
    """The record that training this model would have left; its bytes are the version's own."""
    measured = metrics or {"accuracy": 0.9, "model_size": 1000.0}
    return VersionRecord(
        model=made_of.name,
        version=version,
        train=made_of.train,
        evaluate=made_of.evaluate,
        rules=rules_digest(made_of.blueprint),
        describe=made_of.describe,
        inputs=made_of.inputs,
        artefact=artefact(version),
        metrics=measured,
        verdicts=judge(made_of.blueprint, GATES, Evidence(measured)),
        signature="same",
        packages=made_of.packages,
        parent="abc",
        measuring=rules(made_of.blueprint),
    )


def history(*records: VersionRecord, stages: Mapping[str, str] | None = None, **facts: Any) -> ModelHistory:
    """The history of a model with these versions; `stages` is environment → version."""
    versions = {Version.parse(item.version): item for item in records}
    return ModelHistory(
        versions=versions,
        commits={version: f"commit {version}" for version in versions},
        stages={name: Version.parse(version) for name, version in (stages or {}).items()},
        counter=len(stages or {}),
        highest=max(versions, default=None),
        **facts,
    )


def actual(*histories: ModelHistory, running: Any = (), rollouts: Mapping[Place, Rollout] | None = None, **facts: Any):
    """The world in which models have these histories and `running` runs."""
    named = {next(iter(item.versions.values())).model if item.versions else "wine": item for item in histories}
    return Actual(
        base="base",
        models=named,
        running={item.place: item for item in running},
        rollouts=rollouts or {},
        files=facts.pop("files", {}),
        **facts,
    )


def running(of: DesiredModel, version: str = "v0.1.0", environment: str = "production", **changes: Any) -> Running:
    """A healthy server of a version, as the model's deployment wants it unless `changes` say otherwise."""
    deployment = next(item for item in of.blueprint.deployments if item.environment == environment)
    found = Running(
        place=Place(environment, of.name),
        version=version,
        artefact=artefact_digest(artefact(version)),
        serve=dict(deployment.serve),
        replicas=deployment.replicas,
        health=Health.HEALTHY,
        endpoint="http://127.0.0.1:20000",
    )
    return replace(found, **changes)


def rollout(of: DesiredModel, version: str = "v0.1.0", environment: str = "production", **changes: Any) -> Rollout:
    """What the chain remembers of a version's rollout with the settings that the model wants now."""
    deployment = next(item for item in of.blueprint.deployments if item.environment == environment)
    found = Rollout(version, artefact_digest(artefact(version)), dict(deployment.serve), "deployed", host="here")
    return replace(found, **changes)


def failing_verdict() -> Verdict:
    """A verdict that did not pass."""
    return Verdict("accuracy: min 0.8", passed=False, value=0.5, limit=0.8)


def plan(desired: Desired, world: Actual, models: tuple[str, ...] = (), environment: str = "") -> Plan:
    """The plan."""
    return make_plan(desired, world, GATES, Selection(models, environment))


def shown(made: Plan) -> list[str]:
    """The ids of a plan's actions, and what is held as `(reason:environment)`."""
    return [step.id for step in made.actions] + [f"({step.reason}:{step.environment})" for step in made.held]
