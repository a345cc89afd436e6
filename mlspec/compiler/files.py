"""Spec → generated files, each with its header. Pure: the same spec gives the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mlspec.compiler.dvc import ignored, pipeline
from mlspec.compiler.emit import document
from mlspec.compiler.header import stamp
from mlspec.compiler.image import image_values, server_requirements
from mlspec.compiler.params import params
from mlspec.compiler.templates import render
from mlspec.domain.folder import Folder
from mlspec.domain.shared import shared_folder
from mlspec.kinds.ci import documents, withdrawn
from mlspec.kinds.registry import discover
from mlspec.kinds.stage import StageDef, stages
from mlspec.kinds.stage.features import shared_stage
from mlspec.kinds.target import Target
from mlspec.spec.features import FeaturesSpec, SharedFeatures
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec

PROJECT_SOURCE: Final = "specs/project.yaml"
"""Where project files say that they come from; without that file they come from the project's defaults."""

_MOST_SCHEDULES: Final = 10
"""Models' own schedules that CI gets one by one; from more it gets one for every hour."""
_HOURLY: Final = "13 * * * *"


def model_folder(model: str, project: ProjectSpec) -> str:
    """The folder of a model's files, generated and produced."""
    return f"{project.layout.models}/{model}"


def model_files(model: ModelSpec, project: ProjectSpec, source: str) -> dict[str, bytes]:
    """Path → content of every generated file of one model; `source` is the path of its spec."""
    folder = model_folder(model.name, project)
    built = stages(model, folder)
    bodies = {
        "dvc.yaml": document(pipeline(built, folder)),
        "params.yaml": document(params(model)),
        ".gitignore": "".join(f"{pattern}\n" for pattern in ignored(built, folder)),
    } | _image(model)
    for environment in model.deploy:
        bodies |= _target(model, project, environment)
    own = {f"{folder}/{name}": stamp(body, source) for name, body in bodies.items()}
    return own | shared_files(model.features, project)


def shared_files(features: FeaturesSpec | None, project: ProjectSpec) -> dict[str, bytes]:
    """The files of features that several models share: the same for each of them."""
    stage = shared_stage(features)
    if stage is None or not isinstance(features, SharedFeatures):
        return {}
    folder = shared_folder(project.layout.models, features.from_ or "")
    bodies = {
        "dvc.yaml": document(pipeline([stage], folder)),
        ".gitignore": "".join(f"{pattern}\n" for pattern in ignored([stage], folder)),
    }
    return {f"{folder}/{name}": stamp(body, features.origin) for name, body in bodies.items()}


def project_files(project: ProjectSpec, names: Sequence[str], schedules: Sequence[str] = ()) -> dict[str, bytes]:
    """Path → content of the files that belong to no single model; none while there is no model.

    `schedules` are those of the models' own: CI is to be awake then. Which model is due mlspec sees when it runs.
    """
    if not names or not project.ci.managed:
        return {}
    project = _awake(project, schedules)
    # By its path in git: where CI's files lie, other projects' may lie, too.
    source = Folder(project.ci.folder or "").outward(PROJECT_SOURCE)
    return {found.path: stamp(render(found.template, found.values), source) for found in documents(project)}


def _awake(project: ProjectSpec, schedules: Sequence[str]) -> ProjectSpec:
    """The project with the models' schedules in CI's, unless CI is to have none."""
    ci = project.ci
    missing = sorted(set(schedules) - set(ci.schedule))
    if not ci.schedule or not missing:
        return project
    more = missing if len(missing) <= _MOST_SCHEDULES else [_HOURLY]
    return project.model_copy(update={"ci": ci.model_copy(update={"schedule": (*ci.schedule, *more)})})


def withdrawn_files(project: ProjectSpec) -> tuple[str, ...]:
    """Where project files may be left that the spec asks for no more; with `ci.managed: false` they are the user's."""
    return withdrawn(project) if project.ci.managed else ()


def stage_defs(model: ModelSpec, project: ProjectSpec) -> tuple[StageDef, ...]:
    """The stages of a model, in the order to run them."""
    return stages(model, model_folder(model.name, project))


def _target(model: ModelSpec, project: ProjectSpec, environment: str) -> Mapping[str, str]:
    """What the environment's target needs; a target without a kind is refused by the spec's checks."""
    kind = discover("mlspec.kinds.target", Target).get(project.environments[environment].target)
    return kind.render(model, environment) if kind else {}


def _image(model: ModelSpec) -> dict[str, str]:
    """What mlspec's own build needs; a Dockerfile of the user's own has its folder for a context."""
    function = model.features is not None and model.features.function is not None
    wanted = "files" if model.training.format == "files" else model.serving.format
    needs = {"requirements.txt": server_requirements(wanted, function=function)}
    if model.serving.image.dockerfile is not None:
        return needs
    return needs | {
        "Dockerfile": render("model/Dockerfile.j2", image_values(model)),
        ".dockerignore": render("model/dockerignore.j2", {}),
    }
