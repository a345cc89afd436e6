"""Files → specs: all documents of a project with all of their problems. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlspec.spec.check import LoadedFeatures, LoadedModel, check_across, check_links, with_shared
from mlspec.spec.ci import CiSpec
from mlspec.spec.parse import LoadedFile, load_one
from mlspec.spec.problem import Problem, Source, SpecError, place, where
from mlspec.spec.project import ProjectSpec

__all__ = [
    "Loaded",
    "LoadedFeatures",
    "LoadedFile",
    "LoadedModel",
    "Problem",
    "Source",
    "SpecError",
    "combine",
    "load",
    "load_one",
    "where",
]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What all files say together. With problems, `models` holds the specs that could be read all the same."""

    project: ProjectSpec
    project_source: Source | None
    models: tuple[LoadedModel, ...]
    problems: tuple[Problem, ...]
    features: tuple[LoadedFeatures, ...] = ()

    def sound(self) -> Loaded:
        """Itself; SpecError with every problem where there are any."""
        if self.problems:
            raise SpecError(self.problems)
        return self


def load(files: Mapping[str, bytes], *, project_name: str = "project", folder: str = "") -> Loaded:
    """Read files (path → content) into one project. Never raises: problems are in the result, sorted by place.

    `folder` is where the project lies in its repository: empty at the top.
    """
    loaded = (load_one(path, content) for path, content in files.items())
    return combine(loaded, project_name=project_name, folder=folder)


def combine(files: Iterable[LoadedFile], *, project_name: str = "project", folder: str = "") -> Loaded:
    """Put files together that were read one by one, and check what holds between them."""
    ordered = sorted(files, key=lambda file: file.path)
    projects = [file for file in ordered if file.kind == "Project"]
    features = tuple(file.features for file in ordered if file.features is not None)
    known = {item.spec.name: item for item in reversed(features)}
    models = tuple(with_shared(file.model, known) for file in ordered if file.model is not None)
    project, judged = _project(projects, project_name)
    problems = [problem for file in ordered for problem in file.problems]
    problems += _extra_projects(projects)
    problems += _moved_projects(projects, folder)
    project = _placed(project, folder)
    problems += _extra_features(features)
    for model, fault in (*check_links(models, known), *check_across(models, project if judged else None)):
        problems += place(model, (fault,))
    return Loaded(project, _source(projects), models, tuple(sorted(set(problems))), features)


def _extra_features(features: Sequence[LoadedFeatures]) -> list[Problem]:
    first: dict[str, LoadedFeatures] = {}
    problems: list[Problem] = []
    for item in features:
        if (other := first.setdefault(item.spec.name, item)) is not item:
            line, col = item.positions.get(("name",), (1, 1))
            message = f"the name `{item.spec.name}` is taken: features need their own"
            problems.append(Problem(item.path, line, col, message, f"also at {where(other, ('name',))}"))
    return problems


def _project(projects: list[LoadedFile], name: str) -> tuple[ProjectSpec, bool]:
    """The project, and whether models can be judged by it: not where its own file is wrong."""
    default = ProjectSpec(name=name)
    if not projects:
        return default, True
    found = projects[0].project
    if found is None:
        return default, False
    named = found if "name" in found.model_fields_set else found.model_copy(update={"name": name})
    return named, not projects[0].problems and len(projects) == 1


def _placed(project: ProjectSpec, folder: str) -> ProjectSpec:
    """The project with the folder that it lies in, which nobody has to write down."""
    ci = project.ci.model_copy(update={"folder": folder or None})
    return project.model_copy(update={"ci": ci}) if project.ci.folder != ci.folder else project


def _moved_projects(projects: list[LoadedFile], folder: str) -> list[Problem]:
    """A folder that somebody wrote down, and that is not the one."""
    problems: list[Problem] = []
    for one in projects:
        ci = one.project.ci if one.project is not None else CiSpec()
        if ci.folder not in {None, folder}:
            line, col = one.positions.get(("ci", "folder"), (1, 1))
            place = f"in `{folder}`" if folder else "at the top"
            message = f"`ci.folder`: the project lies {place} of its repository"
            problems.append(Problem(one.path, line, col, message, "remove it: mlspec finds it itself"))
    return problems


def _source(projects: list[LoadedFile]) -> Source | None:
    return Source(projects[0].path, projects[0].positions) if projects else None


def _extra_projects(projects: list[LoadedFile]) -> list[Problem]:
    problems: list[Problem] = []
    for one in projects if len(projects) > 1 else ():
        others = ", ".join(other.path for other in projects if other is not one)
        line, col = one.positions.get(("kind",), (1, 1))
        problems.append(Problem(one.path, line, col, "there can be only one project", f"also in {others}"))
    return problems
