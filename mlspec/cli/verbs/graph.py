"""`mlspec graph`: what depends on what, from sources to environments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mlspec.cli.console import console
from mlspec.cli.drawing import dot, mermaid
from mlspec.cli.wiring import RealPorts
from mlspec.compiler.files import stage_defs
from mlspec.compiler.lineage import Lineage, draw
from mlspec.domain.graph import Graph
from mlspec.errors import EXIT_DONE
from mlspec.kinds.stage.features import shared_stage
from mlspec.reconciler.tags import ModelTags, read_tags


def run(*, form: str) -> int:
    """Print the graph in the form asked for."""
    console.out(_FORMS[form](_graph(RealPorts(Path.cwd()))))
    return EXIT_DONE


def _graph(ports: RealPorts) -> Graph:
    blobs = ports.git.snapshot().blobs
    blueprints = {item.name: item for item in ports.specs.bundle(blobs).blueprints}
    loaded = ports.specs.load(blobs).sound()
    tags = read_tags(ports.git.tags())
    return draw([
        Lineage(
            blueprint=blueprints[model.spec.name],
            stages=stage_defs(model.spec, loaded.project),
            version=_newest(tags, model.spec.name),
            shared=shared_stage(model.spec.features),
            title=f"{model.spec.name}: {model.spec.description}" if model.spec.description else model.spec.name,
        )
        for model in loaded.models
    ])  # fmt: skip


def _newest(tags: Mapping[str, ModelTags], model: str) -> str:
    return str(max(tags[model].versions, default="")) if model in tags else ""


def _json(graph: Graph) -> str:
    return json.dumps(graph.to_json(), indent=2, ensure_ascii=False)


_FORMS: Final[Mapping[str, Callable[[Graph], str]]] = {"mermaid": mermaid, "dot": dot, "json": _json}
