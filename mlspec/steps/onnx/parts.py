"""Parts of an ONNX model: made, joined into one, and written as the same bytes by every process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, compose, helper, numpy_helper

MAIN: Final = ""
ML: Final = "ai.onnx.ml"
OPSETS: Final = {MAIN: 18, ML: 5}
"""The operators' versions, old enough for ONNX Runtime 1.20; the second has trees in double precision."""
IR: Final = 10

_OLD_TREES: Final = frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor"})
"""Operators that are gone in the newest version of their domain."""


@dataclass(frozen=True, slots=True)
class Part:
    """A graph in which every name is used once; `inputs` and `outputs` are named as others see them."""

    nodes: Sequence[NodeProto]
    inputs: Sequence[ValueInfoProto]
    outputs: Sequence[ValueInfoProto]
    constants: Sequence[TensorProto] = ()

    def model(self) -> ModelProto:
        """As a model by itself."""
        graph = helper.make_graph(list(self.nodes), "part", list(self.inputs), list(self.outputs), list(self.constants))
        return helper.make_model(graph, opset_imports=_opsets(OPSETS), ir_version=IR)


def constant(name: str, values: Any, dtype: Any = np.float64) -> TensorProto:
    """A tensor that is a part of the model."""
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def numbers(name: str, width: int | None) -> ValueInfoProto:
    """Rows of doubles; so many columns, or one number for each row."""
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None] if width is None else [None, width])


def node(operator: str, inputs: Sequence[str], output: str, domain: str = MAIN, **attributes: Any) -> NodeProto:
    """One operation; it is called as its output is, so that names are the same in every run."""
    return helper.make_node(operator, list(inputs), [output], name=output, domain=domain, **attributes)


def join(first: ModelProto, second: ModelProto) -> ModelProto:
    """The second model on what the first gives, which has one output; the second has one input."""
    # with a colon, so that no name is that of a column
    first = compose.add_prefix(first, "before:", rename_inputs=False)
    second = compose.add_prefix(second, "after:")
    versions = _versions(first, second)
    for each in (first, second):
        del each.opset_import[:]
        each.opset_import.extend(_opsets(versions))
        each.ir_version = IR
    names = [(first.graph.output[0].name, second.graph.input[0].name)]
    return compose.merge_models(first, second, io_map=names)


def give_doubles(model: ModelProto) -> None:
    """Make what a model gives, which is one matrix of numbers, doubles."""
    (output,) = model.graph.output
    kind = output.type.tensor_type
    if kind.elem_type not in {TensorProto.DOUBLE, TensorProto.STRING}:
        kind.elem_type = TensorProto.DOUBLE
        name = f"{output.name}:double"
        model.graph.node.append(node("Cast", [output.name], name, to=TensorProto.DOUBLE))
        output.name = name


def round_inputs(model: ModelProto) -> None:
    """Make a model that takes numbers in single precision take doubles, which it rounds."""
    graph, rounded = model.graph, {}
    for each in graph.input:
        if each.type.tensor_type.elem_type == TensorProto.FLOAT:
            each.type.tensor_type.elem_type = TensorProto.DOUBLE
            rounded[each.name] = f"{each.name}:single"
    for step in graph.node:
        step.input[:] = [rounded.get(name, name) for name in step.input]
    for name, single in rounded.items():
        graph.node.insert(0, node("Cast", [name], single, to=TensorProto.FLOAT))


def finished(model: ModelProto, names: Sequence[str]) -> bytes:
    """The bytes of a model whose outputs get these names; without what tells who wrote it, and when."""
    graph = model.graph
    for output, name in zip(list(graph.output), names, strict=False):
        graph.node.append(_last(output, name))
        output.name = name
    del graph.output[len(names) :]
    graph.name = "model"
    for each in (model, graph, *graph.node):
        each.doc_string = ""
    model.producer_name = model.producer_version = model.domain = ""
    model.model_version = 0
    del model.metadata_props[:]
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _last(output: ValueInfoProto, name: str) -> NodeProto:
    """What names an output; numbers are doubles, whatever made them."""
    kind = output.type.tensor_type
    if kind.elem_type != TensorProto.FLOAT:
        return node("Identity", [output.name], name)
    kind.elem_type = TensorProto.DOUBLE
    return node("Cast", [output.name], name, to=TensorProto.DOUBLE)


def _versions(*models: ModelProto) -> dict[str, int]:
    """The operators' versions that all can do with; the old trees' is the one that still has them."""
    old = any(each.op_type in _OLD_TREES for model in models for each in model.graph.node)
    return OPSETS | {ML: 3} if old else dict(OPSETS)


def _opsets(versions: dict[str, int]) -> list[onnx.OperatorSetIdProto]:
    return [helper.make_opsetid(domain, version) for domain, version in versions.items()]
