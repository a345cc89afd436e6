"""From a fitted model to model.onnx: transformers in double precision, then the estimator, joined into one graph."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from onnx import ModelProto, TensorProto, helper
from skl2onnx import to_onnx  # type: ignore[import-untyped]
from skl2onnx.common.data_types import (  # type: ignore[import-untyped]
    DoubleTensorType,
    FloatTensorType,
    StringTensorType,
)
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from mlspec.steps.onnx.parts import ML, OPSETS, Part, finished, give_doubles, join, node, numbers, round_inputs
from mlspec.steps.onnx.run import MATRIX, PREDICT, SHARES, open_session
from mlspec.steps.onnx.trees import tree_model
from mlspec.steps.signature import Signature
from mlspec.steps.table import TEXT

_OLD = {"": OPSETS[""], ML: 3}
"""What skl2onnx writes."""


class Unconvertible(Exception):
    """A model that has no ONNX form, and why."""


def convert(model: Any, signature: Signature) -> bytes:
    """The file's bytes; Unconvertible. Whether it answers as the model does is for a comparison on rows to say."""
    _refuse_names(signature)
    before, final = _parted(model)
    rows = _matrix(before, signature)
    width = len(signature.inputs) if rows is None else _width(rows)
    try:
        estimator = tree_model(final, width) or _converted(final, width)
        whole = estimator if rows is None else join(rows, estimator)
        shares = hasattr(final, "predict_proba") and is_classifier(final)
        content = finished(whole, [PREDICT, SHARES] if shares else [PREDICT])
        open_session(content)
    except Unconvertible:
        raise
    except Exception as error:  # what a converter or the runtime raises is of any type
        raise Unconvertible(_told(final, error)) from error
    return content


def _refuse_names(signature: Signature) -> None:
    if signature.layout == "frame":
        for name in sorted({each.name for each in signature.inputs} & {PREDICT, SHARES}):
            raise Unconvertible(f"column `{name}` is called as an output is: rename it, or exclude it")


def _parted(model: Any) -> tuple[Any, Any]:
    """What is before the last step of a pipeline, if anything, and the estimator."""
    if not isinstance(model, Pipeline):
        return None, model
    before = [(name, step) for name, step in model.steps[:-1] if step not in {None, "passthrough"}]
    return (Pipeline(before) if before else None), model.steps[-1][1]


def _matrix(before: Any, signature: Signature) -> ModelProto | None:
    """From the inputs to one matrix of doubles; None where that is the input."""
    beside = None if signature.layout == "array" or not _on_matrix(before, signature) else _side_by_side(signature)
    if before is None:
        return beside
    kinds = _types(signature) if beside is None else [_features(signature)]
    try:
        made = _transformers(before, kinds)
    except Unconvertible:
        raise
    except Exception as error:
        raise Unconvertible(_told(before, error)) from error
    return made if beside is None else join(beside, made)


def _on_matrix(before: Any, signature: Signature) -> bool:
    """Whether a frame may be put together first: no step looks for columns by their names, and none has texts."""
    if before is None:
        return True
    by_name = isinstance(before.steps[0][1], (ColumnTransformer, FeatureUnion, Pipeline))
    return not by_name and all(each.type not in TEXT for each in signature.inputs)


def _transformers(before: Any, kinds: list[tuple[str, Any]]) -> ModelProto:
    """By skl2onnx, in double precision; in single precision where it has no other form."""
    try:
        return _transformers_of(before, kinds)
    except Unconvertible:
        raise
    except Exception:  # noqa: BLE001 - what a converter or the runtime raises is of any type
        made = _transformers_of(before, [(name, _single(kind)) for name, kind in kinds])
        round_inputs(made)
        return made


def _transformers_of(before: Any, kinds: list[tuple[str, Any]]) -> ModelProto:
    with _quiet():
        made: ModelProto = to_onnx(before, initial_types=kinds, target_opset=_OLD)
    if made.functions:
        raise ValueError("it would need functions of its own, which cannot be joined with an estimator")
    _rename_inputs(made, [name for name, _ in kinds])
    give_doubles(made)
    open_session(made.SerializeToString())
    return made


def _single(kind: Any) -> Any:
    return FloatTensorType(kind.shape) if isinstance(kind, DoubleTensorType) else kind


def _rename_inputs(made: ModelProto, names: list[str]) -> None:
    """The columns' own names, of which skl2onnx makes identifiers."""
    if len(made.graph.input) != len(names):
        raise Unconvertible(f"the transformers take {len(made.graph.input)} of the {len(names)} columns")
    known = {each.name: name for each, name in zip(made.graph.input, names, strict=True)}
    for each in made.graph.input:
        each.name = known[each.name]
    for step in made.graph.node:
        step.input[:] = [known.get(name, name) for name in step.input]


def _types(signature: Signature) -> list[tuple[str, Any]]:
    if signature.layout == "array":
        return [_features(signature)]
    text, number = StringTensorType([None, 1]), DoubleTensorType([None, 1])
    return [(each.name, text if each.type in TEXT else number) for each in signature.inputs]


def _features(signature: Signature) -> tuple[str, Any]:
    return MATRIX, DoubleTensorType([None, len(signature.inputs)])


def _side_by_side(signature: Signature) -> ModelProto:
    """The columns of a frame, which are all numbers, as one matrix."""
    names = [each.name for each in signature.inputs]
    inputs = [numbers(name, 1) for name in names]
    joined = f"{max(names, key=len)}:"  # longer than any column's name
    return Part([node("Concat", names, joined, axis=1)], inputs, [numbers(joined, len(names))]).model()


def _width(rows: ModelProto) -> int:
    return int(rows.graph.output[0].type.tensor_type.shape.dim[1].dim_value)


def _converted(final: Any, width: int) -> ModelProto:
    """By skl2onnx, in double precision; in single precision where it has no other form."""
    try:
        made = _by_skl2onnx(final, DoubleTensorType([None, width]))
        open_session(made.SerializeToString())
    except Exception:  # noqa: BLE001 - what a converter or the runtime raises is of any type
        single = _by_skl2onnx(final, FloatTensorType([None, width]))
        cast = Part(
            [node("Cast", [MATRIX], "single", to=TensorProto.FLOAT)],
            [numbers(MATRIX, width)],
            [helper.make_tensor_value_info("single", TensorProto.FLOAT, [None, width])],
        )
        made = join(cast.model(), single)
    return made


def _by_skl2onnx(final: Any, kind: Any) -> ModelProto:
    options = {id(final): {"zipmap": False}} if is_classifier(final) and hasattr(final, "predict_proba") else None
    with _quiet():
        made: ModelProto = to_onnx(final, initial_types=[(MATRIX, kind)], options=options, target_opset=_OLD)
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Converters warn of versions that they were not tested with: the comparison on rows tests it."""
    logging.getLogger("skl2onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _told(part: Any, error: Exception) -> str:
    """The first line of what went wrong, for people."""
    text = " ".join(str(error).split()) or type(error).__name__
    steps = [step for _, step in part.steps] if isinstance(part, Pipeline) else [part]
    return f"{', '.join(type(step).__name__ for step in steps)} has no ONNX form: {text[:300]}"
