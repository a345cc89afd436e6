"""A converted model in the form of the fitted one, for what measures models."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from mlspec.errors import MlspecError
from mlspec.steps.signature import Signature
from mlspec.steps.table import TEXT

MATRIX: Final = "features"
"""The one input of a model on arrays; a model on frames has one for each column, by its name."""
PREDICT: Final = "predict"
SHARES: Final = "predict_proba"
BLOCK: Final = 1000
"""So many rows are run at once: a forest holds rows × trees × classes, of 8 bytes each."""


class OnnxModel:
    """Predicts what the server predicts: `predict`, and `predict_proba` where the file has shares."""

    def __init__(self, path: Path, signature: Signature) -> None:
        """Load a file; MlspecError where it can't be."""
        try:
            self._session = open_session(path.read_bytes())
        except OSError as error:
            raise MlspecError(f"cannot be read: {error.strerror}", where=str(path)) from error
        except Exception as error:  # the runtime's own have no common base
            raise MlspecError(f"can't be loaded: {' '.join(str(error).split())}", where=str(path)) from error
        self._signature = signature
        if signature.classes is not None:
            self.classes_ = np.asarray(signature.classes)
        if SHARES in {output.name for output in self._session.get_outputs()}:
            self.predict_proba = self._shares

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        """A label or number for each row."""
        found = self._run(PREDICT, rows).reshape(-1)
        kind = {"boolean": "bool", "string": "str"}.get(self._signature.type)
        return np.asarray(found.tolist(), dtype=kind) if kind == "str" else found.astype(kind or found.dtype)

    def _shares(self, rows: Any) -> np.ndarray[Any, Any]:
        return self._run(SHARES, rows)

    def _run(self, output: str, rows: Any) -> np.ndarray[Any, Any]:
        inputs = self._inputs(rows)
        blocks = [
            {name: values[first : first + BLOCK] for name, values in inputs.items()}
            for first in range(0, max(len(rows), 1), BLOCK)
        ]
        return np.concatenate([self._session.run([output], block)[0] for block in blocks])

    def _inputs(self, rows: Any) -> dict[str, Any]:
        if self._signature.layout == "array":
            return {MATRIX: rows}
        kinds = {each.name: object if each.type in TEXT else np.float64 for each in self._signature.inputs}
        return {name: rows[name].to_numpy(dtype=kind).reshape(-1, 1) for name, kind in kinds.items()}


def open_session(content: bytes) -> Any:
    """A session on one thread, which is how it is served."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
