"""Answers of the served model beside those of the fitted one: what is no number is another answer, and is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from mlspec.steps.agreement import WRONG, compared, worst_of
from mlspec.steps.files import write_json
from mlspec.steps.onnx.convert import convert
from mlspec.steps.onnx.run import OnnxModel
from mlspec.steps.signature import Input, Signature
from mlspec.steps.testing import Bundle


class Fixed:
    """A model that answers as it is told, whatever it is asked."""

    def __init__(self, labels: list[Any], shares: list[list[float]] | None = None) -> None:
        self._labels = labels
        if shares is not None:
            self.predict_proba = lambda _rows: np.array(shares)

    def predict(self, rows: Any) -> Any:
        """A label for each row."""
        del rows
        return np.array(self._labels)


def served(model: Any, task: Any) -> Bundle:
    """What would be registered."""
    kind = "number" if task == "regression" else "integer"
    return Bundle(Path(), Signature(task, (Input("a", "number"),), "y", kind, None, "array"), model)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_told(value: float, tmp_path: Path) -> None:
    fitted = Fixed([1.0, 2.0])
    found = compared(served(Fixed([1.0, value]), "regression"), fitted, np.zeros((2, 1)))
    assert found == {"rows": 2, "difference": WRONG, "row": 1, "fitted": 2.0, "served": str(value)}
    write_json(tmp_path / "metrics.json", {"agreement": found})
    assert json.loads((tmp_path / "metrics.json").read_bytes())["agreement"] == found


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_share_that_is_no_number_is_another_answer(value: float) -> None:
    fitted = Fixed([0, 1], [[0.9, 0.1], [0.2, 0.8]])
    other = Fixed([0, 1], [[0.9, 0.1], [0.2, value]])
    found = compared(served(other, "classification"), fitted, np.zeros((2, 1)))
    assert found == {"rows": 2, "difference": WRONG, "row": 1, "fitted": 1, "served": 1}


COLOURS = Input("colour", "category", ("blue", "never seen", "red"))
SHAPES = Input("shape", "category", ("big", "small"))
SAME: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("encoder", "other"),
    [
        (OneHotEncoder(handle_unknown="ignore"), SAME),
        (OneHotEncoder(), SAME),
        (OrdinalEncoder(), {"rows": 120, "difference": WRONG, "row": 0, "served": "yes", "unseen": "shape"}),
        (
            OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2),
            {"rows": 120, "difference": WRONG, "row": 0, "fitted": "yes", "unseen": "shape"},
        ),
    ],
    ids=["ignores", "both refuse", "fitted refuses", "served refuses"],
)
def test_categories_that_were_never_seen(encoder: Any, other: dict[str, Any], tmp_path: Path) -> None:
    """What one refuses, the other has to refuse, or the server would answer otherwise than before."""
    rows = pd.DataFrame({"colour": ["red", "blue", "red", "never seen"] * 10, "shape": ["big", "small"] * 20})
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["colour"]), (encoder, ["shape"])
    )
    labels = np.where(rows["shape"] == "big", "yes", "no").astype(str)
    fitted = make_pipeline(columns, LogisticRegression()).fit(rows, labels)
    signature = Signature("classification", (COLOURS, SHAPES), "y", "string", ("no", "yes"), "frame")
    (tmp_path / "model.onnx").write_bytes(convert(fitted, signature))
    bundle = Bundle(tmp_path, signature, OnnxModel(tmp_path / "model.onnx", signature))
    found = worst_of(bundle, fitted, rows)
    assert found["rows"] == 120
    assert ({} if found["difference"] < 1e-12 else found) == other
