"""A converted model on many rows: in blocks, as some operators hold all rows × trees × classes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlspec.steps.onnx import run
from mlspec.steps.onnx.convert import convert
from mlspec.steps.onnx.run import BLOCK, OnnxModel
from mlspec.steps.signature import Input, Signature


class Recorded:
    """A session that notes how many rows it is given."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.sizes: list[int] = []

    def run(self, names: list[str], inputs: dict[str, Any]) -> Any:
        """See onnxruntime."""
        self.sizes += [len(values) for values in inputs.values()]
        return self._session.run(names, inputs)

    def get_outputs(self) -> Any:
        """See onnxruntime."""
        return self._session.get_outputs()


@pytest.mark.parametrize("count", [1, BLOCK, 2 * BLOCK + 1])
def test_many_rows_are_asked_in_blocks(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    rows = draw.random((50, 2))
    fitted = LogisticRegression().fit(rows, np.where(rows[:, 0] > 0.5, "yes", "no"))
    signature = Signature(
        "classification", (Input("a", "number"), Input("b", "number")), "y", "string", ("no", "yes"), "array"
    )
    (tmp_path / "model.onnx").write_bytes(convert(fitted, signature))
    session = Recorded(run.open_session((tmp_path / "model.onnx").read_bytes()))
    monkeypatch.setattr(run, "open_session", lambda _content: session)
    served, asked = OnnxModel(tmp_path / "model.onnx", signature), draw.random((count, 2))
    labels, shares = served.predict(asked), served.predict_proba(asked)
    assert max(session.sizes) <= BLOCK
    assert shares.shape == (count, 2)
    assert labels.tolist() == [["no", "yes"][each] for each in shares.argmax(axis=1)]
    np.testing.assert_allclose(shares, fitted.predict_proba(asked), atol=1e-12)
