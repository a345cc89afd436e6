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
    shared: StageDef | None = None
    """the stage that makes the table for it and for other models"""


def draw(lineages: Sequence[Lineage]) -> Graph:
    """The graph of all models; a file that one model writes and another reads ties them together."""
    makers = _makers(lineages)
    pairs = [pair for lineage in lineages for pair in _reads(lineage, makers)]
    files = {node.id: node for node, _ in pairs if node is not None}
    nodes = [*files.values(), *dict.fromkeys(node for lineage in lineages for node in _own_nodes(lineage))]
    edges = [edge for _, edge in pairs] + [edge for lineage in lineages for edge in _onwards(lineage)]
    titles = {lineage.blueprint.name: lineage.title for lineage in lineages}
    return Graph(tuple(nodes), tuple(dict.fromkeys(edges)), titles)


def _own_nodes(lineage: Lineage) -> Iterator[Node]:
    name = lineage.blueprint.name
    for node, stage in _staged(lineage):
        own = stage is not lineage.shared
        label = stage.name if own else node.removeprefix("stage:")
        yield Node(node, NodeKind.STAGE, label, name if own else "")
    label = f"{name}@{lineage.version}" if lineage.version else "no version yet"
    yield Node(_version(name), NodeKind.VERSION, label, name)
    for place in lineage.blueprint.deployments:
        yield Node(_environment(name, place.environment), NodeKind.ENVIRONMENT, place.environment, name)


def _staged(lineage: Lineage) -> Iterator[tuple[str, StageDef]]:
    """The stages by their nodes, what is shared first."""
    blueprint = lineage.blueprint
    if lineage.shared is not None and blueprint.shared is not None:
        yield _stage(PurePosixPath(blueprint.shared.folder).name, lineage.shared.name), lineage.shared
    yield from ((_stage(blueprint.name, stage.name), stage) for stage in lineage.stages)


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
    named = {dep for _, stage in _staged(lineage) for dep in stage.deps}
    for reader, stage in _staged(lineage):
        yield from ((dep, reader) for dep in stage.deps)
    watched = [ref.path for ref in blueprint.files if ref.path not in named and not ref.optional]
    for path in (*watched, *([blueprint.lock.path] if blueprint.lock else [])):
        yield path, _stage(blueprint.name, "train")


def _makers(lineages: Iterable[Lineage]) -> Makers:
    """Every output by its path, and by the folders above it, as a stage may read a whole folder."""
    found: dict[str, list[str]] = {}
    for lineage in lineages:
        for maker, stage in _staged(lineage):
            for out in (*stage.outs, *stage.kept):
                for path in (out, *_above(out)):
                    makers = found.setdefault(path, [])
                    makers += [maker] * (maker not in makers)
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
