"""A graph as text for Mermaid and Graphviz; whatever a label holds, it stays a label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from mlspec.domain.graph import Graph, Node, NodeKind

_LONGEST: Final = 80
_UNSAFE: Final = re.compile(
    r"""[^\w\ /@,.-]                         # ASCII's other signs, and those beyond ASCII that are no letters
    |[_.-](?![A-Za-z0-9])|(?<![A-Za-z0-9])[_.-]  # `- x`, `1. x` and `_x_` are Markdown; within words they are none
    |[ﬂ°¶ß]""",  # Mermaid's own marks for such numbers while it works
    re.VERBOSE,
)
# Files, whose names may hold anything, get no polygon: Mermaid may fail on one whose label has escaped characters.
_MERMAID: Final = {
    NodeKind.DATA: "[({})]",
    NodeKind.CODE: "({})",
    NodeKind.LOCK: "({})",
    NodeKind.STAGE: "[{}]",
    NodeKind.VERSION: "([{}])",
    NodeKind.ENVIRONMENT: "{{{{{}}}}}",
}
_DOT: Final = {
    NodeKind.DATA: "cylinder",
    NodeKind.CODE: "note",
    NodeKind.LOCK: "note",
    NodeKind.STAGE: "box",
    NodeKind.VERSION: "oval",
    NodeKind.ENVIRONMENT: "hexagon",
}


def mermaid(graph: Graph) -> str:
    """A flowchart, one subgraph for each model."""

    def line(name: str, node: Node) -> str:
        return name + _MERMAID[node.kind].format(_mermaid_text(node.label))

    body = _body(graph, line, ('  subgraph {}["{}"]', "  end"), _mermaid_inner)
    return "\n".join(["flowchart LR", *body, *_edges(graph, "  {} --> {}"), ""])


def dot(graph: Graph) -> str:
    """A directed graph, one cluster for each model."""

    def line(name: str, node: Node) -> str:
        return f'{name} [label="{_dot_inner(node.label)}", shape={_DOT[node.kind]}];'

    body = _body(graph, line, ('  subgraph cluster_{} {{\n    label="{}";', "  }"), _dot_inner)
    head = ["digraph mlspec {", "  rankdir=LR;", '  node [fontname="sans-serif"];', '  graph [fontname="sans-serif"];']
    return "\n".join([*head, *body, *_edges(graph, "  {} -> {};"), "}", ""])


def _body(
    graph: Graph, line: Callable[[str, Node], str], block: tuple[str, str], escape: Callable[[str], str]
) -> Iterator[str]:
    """The files, then each model's nodes in a block of their own."""
    lines: dict[str, list[str]] = {model: [] for model in ("", *graph.titles)}
    for name, node in zip(_names(graph).values(), graph.nodes, strict=True):
        lines[node.model].append(line(name, node))
    yield from (f"  {text}" for text in lines[""])
    for number, (model, title) in enumerate(graph.titles.items()):
        yield block[0].format(f"m{number}", escape(title))
        yield from (f"    {text}" for text in lines[model])
        yield block[1]


def _edges(graph: Graph, form: str) -> Iterator[str]:
    names = _names(graph)
    return (form.format(names[edge.source], names[edge.target]) for edge in graph.edges)


def _names(graph: Graph) -> dict[str, str]:
    """Names that no syntax takes for anything else."""
    return {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}


def _mermaid_text(text: str) -> str:
    return f'"{_mermaid_inner(text)}"'


def _mermaid_inner(text: str) -> str:
    """Characters that could be syntax, Markdown or HTML go by their number."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", printable(text))


def _dot_inner(text: str) -> str:
    """Inside quotes; `&` would begin an entity, a backslash an escape."""
    return printable(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


def printable(text: str) -> str:
    """One line of a bounded length, without control or direction characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
