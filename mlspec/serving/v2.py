"""The Open Inference Protocol V2: metadata, what a request asks for, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlspec.serving.columns import show
from mlspec.serving.errors import Refusal
from mlspec.serving.rows import check_lengths
from mlspec.serving.signature import Output, Signature
from mlspec.serving.tensors import NATIVE, datatype_of, refuse_binary

OUTPUTS: Final = ("predict", "predict_proba")


def tensors_of(signature: Signature, *, probabilities: bool) -> dict[str, Any]:
    """The metadata of inputs and outputs."""
    inputs = [{"name": c.name, "datatype": datatype_of(c), "shape": [-1]} for c in signature.inputs]
    outputs = [{"name": "predict", "datatype": NATIVE[signature.output.type], "shape": [-1]}]
    if probabilities:
        outputs.append(
            {"name": "predict_proba", "datatype": "FP64", "shape": [-1, len(signature.output.classes or ())]}
        )
    return {"inputs": inputs, "outputs": outputs}


def outputs_asked(document: Mapping[str, Any], *, probabilities: bool) -> list[str]:
    """The names of the outputs that the request wants, in its order; `predict` where it says nothing."""
    wanted = document.get("outputs") or [{"name": "predict"}]
    offered = OUTPUTS if probabilities else OUTPUTS[:1]
    if type(wanted) is not list or not all(type(output) is dict for output in wanted):
        raise Refusal(400, '"outputs" must be a list of objects with a name')
    for output in wanted:
        if output.get("name") not in offered:
            raise Refusal(400, f"unknown output {show(output.get('name'))}; this model has {', '.join(offered)}")
        refuse_binary(output, "binary_data")
    return [output["name"] for output in wanted]


def response(
    identity: Mapping[str, str], request_id: str | None, outputs: Sequence[tuple[str, Output, list[Any]]]
) -> dict[str, Any]:
    """The answer. Without an id in the request there is none, so that equal requests get equal bytes."""
    answer: dict[str, Any] = {"model_name": identity["model"], "model_version": identity["version"]}
    if request_id is not None:
        answer["id"] = request_id
    answer["outputs"] = [_output(name, output, data) for name, output, data in outputs]
    return answer


def request_id(document: Any) -> str | None:
    """The request's id; raises Refusal where it is not a string."""
    identifier = document.get("id") if type(document) is dict else None
    if identifier is not None and type(identifier) is not str:
        raise Refusal(400, f'"id" must be a string, not {show(identifier)}')
    check_lengths([identifier])
    return identifier


def _output(name: str, output: Output, data: list[Any]) -> dict[str, Any]:
    if name == "predict":
        return {"name": name, "datatype": NATIVE[output.type], "shape": [len(data)], "data": data}
    flat = [share for row in data for share in row]
    return {"name": name, "datatype": "FP64", "shape": [len(data), len(output.classes or ())], "data": flat}
