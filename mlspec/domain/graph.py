"""What depends on what, as nodes and edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from mlspec.domain.digest import JSON


class NodeKind(StrEnum):
    """What a node stands for."""

    DATA = "data"
    CODE = "code"
    LOCK = "lock"
    STAGE = "stage"
    VERSION = "version"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. `id` is unique and readable; files belong to no model, as several may read them."""

    id: str
    kind: NodeKind
    label: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` depends on `source`."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order of the pipelines; `titles` say what each model is."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    titles: Mapping[str, str]

    def to_json(self) -> JSON:
        """The document of `graph --format json`."""
        edges = [{"from": edge.source, "to": edge.target} for edge in self.edges]
        return {"format": 1, "nodes": [asdict(node) for node in self.nodes], "edges": edges}
