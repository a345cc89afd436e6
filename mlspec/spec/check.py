"""What must be true across files: one name per model, environments that exist, ports and outputs used once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mlspec.spec.features import FeaturesDocument, SharedFeatures
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, Positions, suggest, where
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.deploy import check_soaking
from mlspec.spec.rules.features import check_shared
from mlspec.spec.rules.folders import check_folders, written
from mlspec.spec.rules.sources import declared, is_fetched
from mlspec.spec.rules.targets import check_targets


@dataclass(frozen=True, slots=True)
class LoadedFeatures:
    """Features that models share, their file, and the line and column of every field."""

    spec: FeaturesDocument
    path: str
    positions: Positions


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model's spec, its file, and the line and column of every field; `shared` are the features that it names."""

    spec: ModelSpec
    path: str
    positions: Positions
    shared: LoadedFeatures | None = None


Finding = tuple[LoadedModel, Fault]


def check_across(models: Sequence[LoadedModel], project: ProjectSpec | None) -> Iterator[Finding]:
    """Faults that one file alone does not show; without a project, only those between models."""
    yield from _names(models)
    yield from _outs(models)
    yield from _old_names(models)
    yield from _sources(models)
    if project is None:
        return
    yield from _ports(models, project)
    for model in models:
        yield from ((model, fault) for fault in _environments(model.spec, project))
        yield from ((model, fault) for fault in check_folders(model.spec, project))
        yield from ((model, fault) for fault in check_targets(model.spec, project))
        yield from ((model, fault) for fault in check_soaking(model.spec, project))


def with_shared(model: LoadedModel, known: Mapping[str, LoadedFeatures]) -> LoadedModel:
    """The model with the features that it names filled in; itself where it names none, or none that there are."""
    features = model.spec.features
    found = known.get(features.from_) if features and features.from_ else None
    if found is None:
        return model
    filled = model.spec.model_copy(update={"features": SharedFeatures.of(found.spec, found.path)})
    return replace(model, spec=filled, shared=found)


def check_links(models: Iterable[LoadedModel], known: Mapping[str, LoadedFeatures]) -> Iterator[Finding]:
    """Features that a model names and nobody has, or that do not go with it."""
    for model in models:
        features = model.spec.features
        if features and features.from_ and model.shared is None:
            hint = suggest(features.from_, known) or "write a document of `kind: Features` with this name"
            yield model, Fault(("features", "from"), f"there are no features `{features.from_}`", hint)
        yield from ((model, fault) for fault in check_shared(model.spec))


def _names(models: Iterable[LoadedModel]) -> Iterator[Finding]:
    yield from _twice(
        ((model, ("name",), model.spec.name) for model in models),
        "the name `{}` is taken: each model needs its own",
    )


def _old_names(models: Sequence[LoadedModel]) -> Iterator[Finding]:
    """A name that a model had before belongs to nobody else."""
    renamed = [model for model in models if model.spec.was]
    yield from _twice(
        ((model, ("was",), model.spec.was or "") for model in renamed),
        "`{}` can have become only one model",
    )
    for model in renamed:
        for other in models:
            if other.spec.name == model.spec.was:
                message = f"there is still a model `{model.spec.was}`"
                yield model, Fault(("was",), message, f"at {where(other, ('name',))}; one of them has to go")


def _outs(models: Iterable[LoadedModel]) -> Iterator[Finding]:
    yield from _twice(
        (
            (model, at, out)
            for model in models
            for at, out in {out: (at, out) for at, out in reversed(list(written(model.spec)))}.values()
        ),
        "`{}` is written by another model too",
    )


def _sources(models: Iterable[LoadedModel]) -> Iterator[Finding]:
    """What is fetched once for all is declared once, or alike: by its name and by the path of its snapshot."""
    first: dict[tuple[str, str], tuple[LoadedModel, Path, dict[str, object]]] = {}
    for model in models:
        for index, source in enumerate(model.spec.data.sources):
            at: Path = ("data", "sources", index)
            if not is_fetched(source):
                continue
            for field, value in (("path", source.path), ("name", source.name)):
                other, place, said = first.setdefault((field, value), (model, at, declared(source)))
                if said != declared(source):
                    message = f"the source with the {field} `{value}` is declared otherwise at {where(other, place)}"
                    yield model, Fault((*at, field), message, "declare it alike in both, or choose another")
                    break


def _ports(models: Iterable[LoadedModel], project: ProjectSpec) -> Iterator[Finding]:
    """Environments share the ports of an address of one machine; each Docker context is taken for another machine."""
    addresses: dict[tuple[str, str], set[str]] = {}
    for name, environment in project.environments.items():
        addresses.setdefault((environment.context or "", environment.bind), set()).add(name)
    for here in addresses.values():
        yield from _twice(
            (
                (model, ("deploy", name, "port"), deploy.port)
                for model in models
                for name, deploy in model.spec.deploy.items()
                if deploy.port and name in here
            ),
            "the port {} is taken: one server can listen on it",
        )


def _twice(uses: Iterable[tuple[LoadedModel, Path, str | int]], message: str) -> Iterator[Finding]:
    """A fault at every use after the first, naming the first; and one at the first, naming the second."""
    first: dict[str | int, tuple[LoadedModel, Path]] = {}
    told: set[str | int] = set()
    for model, at, value in uses:
        if value not in first:
            first[value] = model, at
            continue
        other, place = first[value]
        yield model, Fault(at, message.format(value), f"also at {where(other, place)}")
        if value not in told and other is not model:
            told.add(value)
            yield other, Fault(place, message.format(value), f"also at {where(model, at)}")


def _environments(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    for name in spec.deploy:
        if name not in project.environments:
            known = ", ".join(f"`{environment}`" for environment in project.environments)
            hint = suggest(name, project.environments) or f"the project has {known}"
            yield Fault(("deploy", name), f"the project has no environment `{name}`", hint)
