"""Specs → the graph of what depends on what: files, stages, the registered version, environments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from mlspec.domain.desired import Blueprint
from mlspec.domain.graph import Edge, Graph, Node, NodeKind
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.stage import StageDef

Makers = Mapping[str, Sequence[str]]
"""path → the stages that write it, or something above or below it"""

_FILE_KINDS: Final = {
    ReasonKind.DATA_CHANGED: NodeKind.DATA,
    ReasonKind.CODE_CHANGED: NodeKind.CODE,
    ReasonKind.ENVIRONMENT_CHANGED: NodeKind.LOCK,
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """One model: its blueprint, its stages in order, and the newest registered version (empty: none yet)."""

    blueprint: Blueprint
    stages: tuple[StageDef, ...]
    version: str
    title: str


def draw(lineages: Sequence[Lineage]) -> Graph:
    """The graph of all models; a file that one model writes and another reads ties them together."""
    makers = _makers(lineages)
    pairs = [pair for lineage in lineages for pair in _reads(lineage, makers)]
    files = {node.id: node for node, _ in pairs if node is not None}
    nodes = [*files.values(), *(node for lineage in lineages for node in _own_nodes(lineage))]
    edges = [edge for _, edge in pairs] + [edge for lineage in lineages for edge in _onwards(lineage)]
    titles = {lineage.blueprint.name: lineage.title for lineage in lineages}
    return Graph(tuple(nodes), tuple(dict.fromkeys(edges)), titles)


def _own_nodes(lineage: Lineage) -> Iterator[Node]:
    name = lineage.blueprint.name
    for stage in lineage.stages:
        yield Node(_stage(name, stage.name), NodeKind.STAGE, stage.name, name)
    label = f"{name}@{lineage.version}" if lineage.version else "no version yet"
    yield Node(_version(name), NodeKind.VERSION, label, name)
    for place in lineage.blueprint.deployments:
        yield Node(_environment(name, place.environment), NodeKind.ENVIRONMENT, place.environment, name)


def _onwards(lineage: Lineage) -> Iterator[Edge]:
    """From the stage that judges, and any after it, to the version, and on to where it runs."""
    name = lineage.blueprint.name
    names = [stage.name for stage in lineage.stages]
    yield from (Edge(_stage(name, stage), _version(name)) for stage in names[names.index("evaluate") :])
    for place in lineage.blueprint.deployments:
        before = _environment(name, place.source) if place.source else _version(name)
        yield Edge(before, _environment(name, place.environment))


def _reads(lineage: Lineage, makers: Makers) -> Iterator[tuple[Node | None, Edge]]:
    """What each stage reads: another stage's output, or a file, which is a node then."""
    kinds = {ref.path: _FILE_KINDS.get(ref.kind, NodeKind.CODE) for ref in lineage.blueprint.files}
    for path, reader in _inputs(lineage):
        writers = [maker for maker in _writers(makers, path) if maker != reader]
        yield from ((None, Edge(writer, reader)) for writer in writers)
        if not writers:
            kind = kinds.get(path, NodeKind.LOCK)
            yield (node := Node(f"{kind}:{path}", kind, path)), Edge(node.id, reader)


def _inputs(lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Path and stage: what dvc.yaml names, then what only mlspec watches, the command's code and the lock."""
    blueprint = lineage.blueprint
    named = {dep for stage in lineage.stages for dep in stage.deps}
    for stage in lineage.stages:
        yield from ((dep, _stage(blueprint.name, stage.name)) for dep in stage.deps)
    watched = [ref.path for ref in blueprint.files if ref.path not in named and not ref.optional]
    for path in (*watched, *([blueprint.lock.path] if blueprint.lock else [])):
        yield path, _stage(blueprint.name, "train")


def _makers(lineages: Iterable[Lineage]) -> Makers:
    """Every output by its path, and by the folders above it, as a stage may read a whole folder."""
    found: dict[str, list[str]] = {}
    for lineage in lineages:
        for stage in lineage.stages:
            for out in (*stage.outs, *stage.kept):
                for path in (out, *_above(out)):
                    found.setdefault(path, []).append(_stage(lineage.blueprint.name, stage.name))
    return found


def _writers(makers: Makers, path: str) -> Sequence[str]:
    """The stages that write a path: the path itself or below it, else the nearest output that holds it."""
    if path in makers:
        return makers[path]
    outputs = (makers[above] for above in _above(path) if above in makers)
    return next(outputs, ())


def _above(path: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(path).parents if folder.name]


def _stage(model: str, stage: str) -> str:
    return f"stage:{model}/{stage}"


def _version(model: str) -> str:
    return f"version:{model}"


def _environment(model: str, environment: str) -> str:
    return f"environment:{model}/{environment}"
