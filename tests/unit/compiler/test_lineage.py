"""The graph of what depends on what: files, stages, versions, environments, and ties between models."""

from __future__ import annotations

from mlspec.compiler.blueprint import blueprint
from mlspec.compiler.files import model_files, stage_defs
from mlspec.compiler.lineage import Lineage, draw
from mlspec.domain.graph import Edge, Graph, NodeKind
from mlspec.spec.load import load

SPEC = """\
apiVersion: mlspec/v1
kind: Model
name: {name}
data: {{sources: [{{name: rows, path: {data}}}]}}
training:
  {how}
  target: y
  environment: {{lock: requirements.lock}}
evaluation: {{metrics: [accuracy]}}
deploy: {{staging: {{}}, production: {{from: staging}}}}
"""
PROJECT = b"apiVersion: mlspec/v1\nkind: Project\nname: shop\nenvironments: {staging: {}, production: {}}\n"
ESTIMATOR = "estimator: sklearn.linear_model.LogisticRegression"
OWN = "command: python src/fit.py\n  deps: [src/rules]\n  outs: [out/m.skops, out/rows.csv]"


def graph(versions: dict[str, str] | None = None, **specs: tuple[str, str]) -> Graph:
    """The graph of models given as name=(data, how to train)."""
    files = {
        f"specs/{name}.yaml": SPEC.format(name=name, data=data, how=how).encode() for name, (data, how) in specs.items()
    }
    loaded = load(files | {"specs/project.yaml": PROJECT}).sound()
    return draw([
        Lineage(
            blueprint(model, loaded.project, model_files(model.spec, loaded.project, model.path)),
            stage_defs(model.spec, loaded.project),
            (versions or {}).get(model.spec.name, ""),
            model.spec.name,
        )
        for model in loaded.models
    ])  # fmt: skip


def test_a_model_goes_from_its_files_to_its_environments() -> None:
    drawn = graph(wine=("data/wine.csv", ESTIMATOR))
    assert [(edge.source, edge.target) for edge in drawn.edges] == [
        ("data:data/wine.csv", "stage:wine/validate"),
        ("data:data/wine.csv", "stage:wine/prepare"),
        ("stage:wine/validate", "stage:wine/prepare"),
        ("stage:wine/prepare", "stage:wine/train"),
        ("stage:wine/train", "stage:wine/evaluate"),
        ("stage:wine/prepare", "stage:wine/evaluate"),
        ("lock:requirements.lock", "stage:wine/train"),
        ("stage:wine/evaluate", "version:wine"),
        ("version:wine", "environment:wine/staging"),
        ("environment:wine/staging", "environment:wine/production"),
    ]


def test_every_edge_joins_nodes_that_are_there() -> None:
    drawn = graph(a=("data/a.csv", OWN), b=("out/rows.csv", ESTIMATOR))
    ids = [node.id for node in drawn.nodes]
    assert len(ids) == len(set(ids))
    assert {edge.source for edge in drawn.edges} | {edge.target for edge in drawn.edges} == set(ids)


def test_a_commands_code_counts_declared_or_named() -> None:
    edges = graph(own=("data/a.csv", OWN)).edges
    assert Edge("code:src/rules", "stage:own/train") in edges
    assert Edge("code:src/fit.py", "stage:own/train") in edges


def test_what_one_model_writes_and_another_reads_ties_them() -> None:
    drawn = graph(a=("data/a.csv", OWN), b=("out/rows.csv", ESTIMATOR))
    assert Edge("stage:a/train", "stage:b/validate") in drawn.edges
    assert "data:out/rows.csv" not in {node.id for node in drawn.nodes}


def test_a_shared_file_is_one_node() -> None:
    drawn = graph(a=("data/all.csv", ESTIMATOR), b=("data/all.csv", ESTIMATOR))
    assert sum(node.kind is NodeKind.DATA for node in drawn.nodes) == 1


def test_the_newest_version_is_named() -> None:
    labels = [node.label for node in graph({"a": "v1.2.0"}, a=("d.csv", ESTIMATOR), b=("d.csv", ESTIMATOR)).nodes]
    assert "a@v1.2.0" in labels
    assert "no version yet" in labels
