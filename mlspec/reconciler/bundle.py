"""From the spec files of a tree to blueprints: each file is read once, and again only when it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mlspec.domain.decode import blueprint_from_json, project_from_json
from mlspec.domain.desired import Blueprint, Bundle, ProjectFacts, Site
from mlspec.domain.digest import digest
from mlspec.domain.sources import SourceRef
from mlspec.errors import MlspecError
from mlspec.ports.cache import Cache
from mlspec.ports.files import Files
from mlspec.spec.problem import Problem, SpecError

if TYPE_CHECKING:
    # Only for types: compiling needs pydantic and jinja2, which a plan with a warm cache does without.
    from mlspec.compiler.specs import SpecCompiler
    from mlspec.kinds.ci._pins import Newer
    from mlspec.spec.load import Loaded

FOLDER: Final = "specs/"
PROJECT: Final = "specs/project.yaml"


@dataclass(frozen=True, slots=True)
class SpecReader:
    """Reads specs through a cache.

    `build` names the code that compiles, so that a new mlspec compiles anew; `compiler` is made when it is needed.
    """

    files: Files
    cache: Cache
    build: str
    compiler: Callable[[], SpecCompiler]

    def bundle(self, blobs: Mapping[str, str]) -> Bundle:
        """The tree's specs; SpecError with all problems of all files, MlspecError where there is no model."""
        project = self._project(blobs)
        paths = self.paths(blobs, project.models)
        keys = {path: digest([self.build, path, blobs[path], blobs.get(PROJECT)]) for path in paths}
        cached = self.cache.get_many("blueprints", keys.values())
        known = {path: _blueprint(cached[key]) for path, key in keys.items() if key in cached}
        # A model is read again, too, where the shared features changed that it was compiled with.
        unread = [path for path in paths if path not in known or _is_outdated(known[path], blobs)]
        if unread:
            documents = [path for path, item in known.items() if item is None and path not in unread]
            found = self.compiler().blueprints(self._contents(blobs, [*unread, *documents]))
            fresh = {path: _with_blob(found[path], blobs) if path in found else None for path in unread}
            self.cache.put_many("blueprints", {keys[path]: item or {} for path, item in fresh.items()})
            known |= fresh
        blueprints = tuple(item for path in paths if (item := known[path]) is not None)
        check_together(blueprints, project.sites)
        schedules = _schedules(blueprints)
        return Bundle(self._project(blobs, schedules) if schedules else project, blueprints)

    def load(self, blobs: Mapping[str, str]) -> Loaded:
        """All spec documents of the tree, with their problems, past any cache."""
        compiler = self.compiler()
        layout = compiler.load(self._contents(blobs, [])).project.layout.models
        return compiler.load(self._contents(blobs, self.paths(blobs, layout)))

    def newer_pins(self, blobs: Mapping[str, str], files: Sequence[str]) -> Newer:
        """What an update bot wrote into the project's files; see SpecCompiler."""
        contents = {path: data for path in files if (data := self.files.read(path)) is not None}
        return self.compiler().newer_pins(
            self._contents(blobs, []), contents, _schedules(self.bundle(blobs).blueprints)
        )

    def generated(self, blobs: Mapping[str, str], *documents: str) -> dict[str, bytes]:
        """What compile writes for the model of some documents, its own first; without one, for the project."""
        if documents:
            return self.compiler().generated(self._contents(blobs, documents), documents[0])
        return self.compiler().of_project(self._contents(blobs, []), _schedules(self.bundle(blobs).blueprints))

    def paths(self, blobs: Mapping[str, str], generated: str) -> list[str]:
        """The model specs: YAML files below `specs/`, but for the project's and for generated ones."""
        found = (path for path in blobs if path.startswith(FOLDER) and path.endswith((".yaml", ".yml")))
        paths = sorted(path for path in found if path != PROJECT and not path.startswith(f"{generated}/"))
        if not paths:
            raise MlspecError("there is no model's spec under `specs/`", hint=_elsewhere(blobs))
        return paths

    def _project(self, blobs: Mapping[str, str], schedules: Sequence[str] = ()) -> ProjectFacts:
        key = digest([self.build, blobs.get(PROJECT), *schedules])
        if key in (known := self.cache.get_many("projects", [key])):
            return project_from_json(known[key])
        facts = self.compiler().project(self._contents(blobs, []), schedules)
        self.cache.put_many("projects", {key: asdict(facts)})
        return facts

    def _contents(self, blobs: Mapping[str, str], paths: Sequence[str]) -> dict[str, bytes]:
        """The project's spec, if there is one, and those of some models."""
        wanted = [PROJECT] * (PROJECT in blobs) + list(paths)
        return {path: self.files.read(path) or b"" for path in wanted}


def _schedules(blueprints: Sequence[Blueprint]) -> list[str]:
    """When models are to be trained by the clock."""
    return sorted({item.retrain.schedule for item in blueprints if item.retrain and item.retrain.schedule})


def _blueprint(cached: Any) -> Blueprint | None:
    """A cached blueprint; None for a document that is no model but what models share."""
    if isinstance(cached, Blueprint):
        return cached
    return blueprint_from_json(cached) if cached else None


def _elsewhere(blobs: Mapping[str, str]) -> str:
    """Where there are specs, in folders below."""
    folders = sorted({path.rpartition("/specs/")[0] for path in blobs if "/specs/" in path and path.endswith(".yaml")})
    if not folders:
        return "mlspec init --example wine shows one"
    return f"there are some in {', '.join(folders[:5])}: go there, or mlspec -C {folders[0]}"


def _is_outdated(item: Blueprint | None, blobs: Mapping[str, str]) -> bool:
    return item is not None and item.shared is not None and blobs.get(item.shared.path) != item.shared.blob


def _with_blob(item: Blueprint, blobs: Mapping[str, str]) -> Blueprint:
    if item.shared is None:
        return item
    return replace(item, shared=replace(item.shared, blob=blobs[item.shared.path]))


def check_together(blueprints: Sequence[Blueprint], sites: Mapping[str, Site]) -> None:
    """SpecError for what only all models together get wrong: a name, a port of a machine or an output used twice.

    The spec's own check says the same of files that are read together; here most of them come from the cache.
    """
    problems: list[Problem] = []
    owners: dict[_Claim, Blueprint] = {}
    for item in blueprints:
        for claim, line in _claims(item, sites):
            first = owners.setdefault(claim, item)
            if first is not item:
                message = f"the {claim.what} `{claim.value}` is taken: it is that of {first.path}:{first.line}"
                problems.append(Problem(item.path, line, 1, message, "choose another"))
    problems += _sources(blueprints)
    if problems:
        raise SpecError(tuple(problems))


def _sources(blueprints: Sequence[Blueprint]) -> Iterator[Problem]:
    """What is fetched once for all has to be declared alike by all."""
    first: dict[tuple[str, str], tuple[str, SourceRef]] = {}
    for item in blueprints:
        for ref in item.sources:
            bare = replace(ref, line=0, origin="")
            for what, value in (("name", ref.name), ("path", ref.path)):
                where, said = first.setdefault((what, value), (item.where(ref.line, ref.origin), bare))
                if said != bare:
                    message = f"the source with the {what} `{value}` is declared otherwise at {where}"
                    yield Problem(
                        ref.origin or item.path, ref.line, 1, message, "declare it alike in both, or choose another"
                    )
                    break


@dataclass(frozen=True, slots=True)
class _Claim:
    """What only one model can have: a name, an output, a port of an address of one machine."""

    what: str
    value: object
    where: tuple[str, str] = ("", "")


def _claims(item: Blueprint, sites: Mapping[str, Site]) -> Iterator[tuple[_Claim, int]]:
    yield _Claim("name", item.name), item.line
    yield from ((_Claim("output", out), item.line) for out in item.outs)
    for place in item.deployments:
        if place.port:
            address = str(place.serve.get("environment.bind", "127.0.0.1"))
            yield _Claim("port", place.port, (sites[place.environment].context, address)), place.lines["port"]
