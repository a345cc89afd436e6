"""From the spec files of a tree to blueprints: each file is read once, and again only when it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from mlspec.compiler.blobs import blob_id
from mlspec.compiler.blueprint import blueprint
from mlspec.compiler.files import model_files, project_files
from mlspec.domain.decode import blueprint_from_json
from mlspec.domain.desired import Blueprint
from mlspec.domain.digest import digest
from mlspec.errors import MlspecError
from mlspec.ports.cache import Cache
from mlspec.ports.files import Files
from mlspec.spec.load import Loaded, load
from mlspec.spec.problem import Problem, SpecError

FOLDER: Final = "specs/"
PROJECT: Final = "specs/project.yaml"


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What planning needs of the project's spec."""

    name: str
    models: str
    """the folder of generated files"""
    targets: Mapping[str, str]
    """environment → its target's name"""
    generated: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The specs of a tree, compiled as far as their own text decides."""

    project: ProjectFacts
    blueprints: tuple[Blueprint, ...]


@dataclass(frozen=True, slots=True)
class SpecReader:
    """Reads specs through a cache; `build` names the code that compiles, so that a new mlspec compiles anew."""

    files: Files
    cache: Cache
    build: str
    project_name: str

    def bundle(self, blobs: Mapping[str, str]) -> Bundle:
        """The tree's specs; SpecError with all problems of all files, MlspecError where there is no model."""
        project = self._project(blobs)
        paths = self.paths(blobs, project.models)
        keys = {path: digest([self.build, path, blobs[path], blobs.get(PROJECT)]) for path in paths}
        known = dict(self.cache.get_many("blueprints", keys.values()))
        unread = [path for path in paths if keys[path] not in known]
        if unread:
            fresh = {keys[path]: item for path, item in self._compile(unread, blobs).items()}
            self.cache.put_many("blueprints", fresh)
            known |= fresh
        found = (known[keys[path]] for path in paths)
        blueprints = tuple(item if isinstance(item, Blueprint) else blueprint_from_json(item) for item in found)
        check_together(blueprints)
        return Bundle(project, blueprints)

    def load(self, blobs: Mapping[str, str]) -> Loaded:
        """All spec documents of the tree, with their problems, past any cache."""
        own = [PROJECT] * (PROJECT in blobs)
        layout = self._load(own).project.layout.models
        return self._load(own + self.paths(blobs, layout))

    def generated(self, blobs: Mapping[str, str], path: str = "") -> dict[str, bytes]:
        """What compile writes for the model of one spec file; without one, for the project."""
        loaded = self._load([PROJECT] * (PROJECT in blobs) + [path] * bool(path))
        refuse(loaded.problems)
        if not path:
            return project_files(loaded.project, ["any"])
        return next(model_files(model.spec, loaded.project, path) for model in loaded.models)

    def paths(self, blobs: Mapping[str, str], generated: str) -> list[str]:
        """The model specs: YAML files below `specs/`, but for the project's and for generated ones."""
        found = (path for path in blobs if path.startswith(FOLDER) and path.endswith((".yaml", ".yml")))
        paths = sorted(path for path in found if path != PROJECT and not path.startswith(f"{generated}/"))
        if not paths:
            raise MlspecError("there is no model's spec under `specs/`", hint="mlspec init --example wine shows one")
        return paths

    def _project(self, blobs: Mapping[str, str]) -> ProjectFacts:
        key = digest([self.build, self.project_name, blobs.get(PROJECT)])
        if key in (known := self.cache.get_many("projects", [key])):
            return ProjectFacts(**known[key])
        loaded = self._load([PROJECT] if PROJECT in blobs else [])
        refuse(loaded.problems)
        spec = loaded.project
        facts = ProjectFacts(
            name=spec.name if "name" in spec.model_fields_set else self.project_name,
            models=spec.layout.models,
            targets={name: environment.target for name, environment in spec.environments.items()},
            generated={path: blob_id(content) for path, content in project_files(spec, ["any"]).items()},
        )
        self.cache.put_many("projects", {key: asdict(facts)})
        return facts

    def _compile(self, paths: Sequence[str], blobs: Mapping[str, str]) -> dict[str, Any]:
        loaded = self._load([PROJECT] * (PROJECT in blobs) + list(paths))
        refuse(loaded.problems)
        return {
            model.path: blueprint(model, loaded.project, model_files(model.spec, loaded.project, model.path))
            for model in loaded.models
        }

    def _load(self, paths: Sequence[str]) -> Loaded:
        contents = {path: self.files.read(path) or b"" for path in paths}
        loaded = load(contents, project_name=self.project_name)
        source = loaded.project_source
        if source is not None and source.path != PROJECT:
            problem = Problem(source.path, 1, 1, "the Project document has to be specs/project.yaml", "move it there")
            refuse((problem,))
        return loaded


def refuse(problems: Sequence[Problem]) -> None:
    """SpecError for problems, if there are any."""
    if problems:
        raise SpecError(tuple(problems))


def check_together(blueprints: Sequence[Blueprint]) -> None:
    """SpecError for what only all models together get wrong: a name, a port of this machine or an output used twice.

    The spec's own check says the same of files that are read together; here most of them come from the cache.
    """
    problems: list[Problem] = []
    owners: dict[tuple[str, object], Blueprint] = {}
    for item in blueprints:
        for what, value, line in _claims(item):
            first = owners.setdefault((what, value), item)
            if first is not item:
                message = f"the {what} `{value}` is taken: it is that of {first.path}:{first.line}"
                problems.append(Problem(item.path, line, 1, message, "choose another"))
    refuse(problems)


def _claims(item: Blueprint) -> Iterator[tuple[str, object, int]]:
    yield "name", item.name, item.line
    yield from (("output", out, item.line) for out in item.outs)
    for place in item.deployments:
        if place.port and place.target == "process":
            yield "port", place.port, place.lines["port"]
