"""model.onnx: run by ONNX Runtime, without scikit-learn, scipy or pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument  # type: ignore[import-untyped]

from mlspec.serving.columns import show
from mlspec.serving.errors import BundleError
from mlspec.serving.signature import NUMERIC, Column, Signature
from mlspec.serving.table import Build, build_array

MATRIX: Final = "features"
"""The one input of a model on arrays; a model on frames has one for each column, by its name."""
PREDICT: Final = "predict"
SHARES: Final = "predict_proba"

REFUSALS: Final = (Fail, InvalidArgument)
"""What the runtime raises of values, such as a category that an encoder does not know."""

_FATAL: Final = 4
_NUMBERS: Final = "tensor(double)"
_TEXTS: Final = "tensor(string)"


def check_types(file: Path, trust: Sequence[str]) -> None:
    """An ONNX file names operators of the runtime's own, and nothing that could be trusted or not."""
    del file, trust


def load(file: Path, signature: Signature, trust: Sequence[str]) -> OnnxEstimator:
    """Load the file into this process; raises BundleError."""
    del trust
    try:
        session = onnxruntime.InferenceSession(file.read_bytes(), _options(), providers=["CPUExecutionProvider"])
    except OSError as error:
        raise BundleError(f"cannot read {file.name}: {error.strerror}") from error
    except Exception as error:  # the runtime's own have no common base
        text = " ".join(str(error).split())
        raise BundleError(f"{file.name} cannot be loaded: {text}") from error
    _check_inputs(session, signature, file.name)
    return OnnxEstimator(session, signature)


class OnnxEstimator:
    """A session, asked once for both labels and probabilities."""

    platform = "mlspec_onnx"

    def __init__(self, session: Any, signature: Signature) -> None:
        self._run = session.run
        self._columns = _taken(signature)
        self._layout = signature.layout
        self._boolean = signature.output.type == "boolean"
        self.offers_probabilities = SHARES in {output.name for output in session.get_outputs()}
        self.classes = None if signature.output.classes is None else list(signature.output.classes)

    def builder(self, signature: Signature) -> Build:
        """See Predictor."""
        if signature.layout == "array":
            return build_array
        columns = [(column.name, _column_of(column)) for column in signature.inputs]
        return lambda data: {name: make(values) for (name, make), values in zip(columns, data, strict=True)}

    def predict(self, table: Any, *, probabilities: bool) -> tuple[Any, Any]:
        """Labels (n) and, where asked for, probabilities (n by classes), else None."""
        found = self._ask([PREDICT, SHARES] if probabilities else [PREDICT], self._inputs(table))
        labels = found[0].reshape(-1)
        return labels.astype(np.bool_) if self._boolean else labels, found[1] if probabilities else None

    def _ask(self, outputs: Sequence[str], inputs: Mapping[str, Any]) -> Any:
        """ValueError where the model does not take these values, as scikit-learn's models raise."""
        try:
            return self._run(outputs, inputs)
        except REFUSALS as error:
            raise ValueError(str(error).rpartition("Status Message: ")[2]) from error

    def _inputs(self, table: Any) -> Mapping[str, Any]:
        if self._layout == "array":
            return {MATRIX: table}
        if isinstance(table, dict):
            return table
        # what a features function made
        return {column.name: _column_of(column)(table[column.name]) for column in self._columns}


def _options() -> Any:
    """One worker is one core; and no words of the runtime's own on standard error."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    return options


def _taken(signature: Signature) -> Sequence[Column]:
    return signature.features.columns if signature.features else signature.inputs


def _column_of(column: Column) -> Any:
    return _numbers if column.type in NUMERIC else _texts


def _numbers(values: Sequence[Any]) -> Any:
    """A missing number is NaN."""
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def _texts(values: Sequence[Any]) -> Any:
    """A missing text is the empty text, as in training."""
    return np.array(["" if value is None else value for value in values], dtype=object).reshape(-1, 1)


def _check_inputs(session: Any, signature: Signature, file: str) -> None:
    found = {each.name: each.type for each in session.get_inputs()}
    wanted = {MATRIX: _NUMBERS}
    if signature.layout == "frame":
        wanted = {column.name: _NUMBERS if column.type in NUMERIC else _TEXTS for column in _taken(signature)}
    if found != wanted:
        raise BundleError(f"{file} takes {show(found)}, and its signature says {show(wanted)}")
    if PREDICT not in {output.name for output in session.get_outputs()}:
        raise BundleError(f"{file} has no output {PREDICT!r}")
