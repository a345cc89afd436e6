"""Mermaid and Graphviz text: well formed whatever the labels hold."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlspec.cli.drawing import dot, mermaid
from mlspec.domain.graph import Edge, Graph, Node, NodeKind

HOSTILE = [
    'a"] --> x["b',
    "`markdown`",
    "1. one",
    "- dash",
    "_under_ **bold**",
    "end",
    "%% comment",
    "<img src=x onerror=alert(1)>",
    'two\nlines"]; click n0 "http://example.com"',
    "#quot; &quot; ﬂ°34¶ß",
    "back\\slash\\",
    "right\u202eto left",
    "{{hexagon}}",
    "style x:#f00;",
]
TEXT = r'"[^"`<>\\{}|]*"'
SHAPES = (rf"\[{TEXT}\]", rf"\[\({TEXT}\)\]", rf"\({TEXT}\)", rf"\(\[{TEXT}\]\)", rf"\{{\{{{TEXT}\}}\}}")
MERMAID_LINE = re.compile(
    rf"flowchart LR|  subgraph m\d+\[{TEXT}\]|  end| {{2,4}}n\d+({'|'.join(SHAPES)})|  n\d+ --> n\d+"
)
DOT_LABEL = re.compile(r'label="((?:[^"\\]|\\["\\])*)"')


def graph(label: str) -> Graph:
    """A node of every kind, the files outside of the model, all with one label."""
    outside = {NodeKind.DATA, NodeKind.CODE, NodeKind.LOCK}
    nodes = tuple(Node(str(kind), kind, label, "" if kind in outside else "m") for kind in NodeKind)
    return Graph(nodes, (Edge("data", "stage"), Edge("stage", "version")), {"m": label})


def decoded(line: str) -> str:
    """What Mermaid shows: characters that go by number put back."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), line)


@pytest.mark.parametrize("label", HOSTILE)
def test_a_mermaid_label_stays_a_label(label: str) -> None:
    lines = mermaid(graph(label)).splitlines()
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line)] == []
    shown = " ".join("".join(char if char.isprintable() else " " for char in label).split())
    assert sum(shown in decoded(line) for line in lines) >= len(NodeKind)


@given(st.text())
def test_no_text_breaks_out(label: str) -> None:
    drawn = graph(label)
    assert all(MERMAID_LINE.fullmatch(line) for line in mermaid(drawn).splitlines())
    lines = dot(drawn).splitlines()
    labels = [line for line in lines if "label=" in line]
    assert len(lines) == len(dot(graph("plain")).splitlines())
    assert all(re.search(r'"(, shape=[a-z]+\])?;$', DOT_LABEL.sub('"', line)) for line in labels)


def test_names_stay_readable() -> None:
    text = mermaid(graph("data/wine-2.csv"))
    assert 'n0[("data/wine-2.csv")]' in text
    assert "n0 --> n3" in text


def test_long_labels_are_cut() -> None:
    assert max(map(len, dot(graph("x" * 5000)).splitlines())) < 200


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_reads_it() -> None:
    nodes = tuple(Node(str(number), NodeKind.STAGE, label, "m") for number, label in enumerate(HOSTILE))
    text = dot(Graph(nodes, (Edge("0", "1"),), {"m": HOSTILE[0]}))
    done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert sum(line.startswith("node ") for line in done.stdout.splitlines()) == len(HOSTILE)
