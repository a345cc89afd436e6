"""Small real model bundles, written the way the steps write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def write_bundle(folder: Path, fitted: Any, signature: dict[str, Any]) -> Path:
    """A bundle in `folder`."""
    folder.mkdir(parents=True)
    skops.io.dump(fitted, folder / "model.skops")
    options = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    (folder / "signature.json").write_bytes(orjson.dumps(signature, option=options))
    return folder


def array_signature(names: Any, output: dict[str, Any]) -> dict[str, Any]:
    """The signature of a model on an array of numbers."""
    task = "regression" if output["classes"] is None else "classification"
    inputs = [{"name": name, "type": "number"} for name in names]
    return {"format": 1, "task": task, "inputs": inputs, "output": output, "layout": "array"}


def write_wine(folder: Path) -> Path:
    """Logistic regression of 13 numbers on three classes."""
    data = load_wine()
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(data.data, data.target)
    output = {"name": "cultivar", "type": "integer", "classes": [0, 1, 2]}
    return write_bundle(folder, fitted, array_signature(data.feature_names, output))


def write_iris(folder: Path) -> Path:
    """A forest of 4 numbers on three named classes."""
    data = load_iris()
    names = data.target_names[data.target]
    fitted = RandomForestClassifier(n_estimators=5, n_jobs=2, random_state=0).fit(data.data, names)
    output = {"name": "species", "type": "string", "classes": sorted(set(names.tolist()))}
    return write_bundle(folder, fitted, array_signature(IRIS, output))


def write_line(folder: Path) -> Path:
    """y = 2x + 1, of one integer and one boolean that doesn't matter."""
    x = np.array([[0, 0], [1, 1], [2, 0], [3, 1]], dtype=np.float64)
    fitted = LinearRegression().fit(x, [1.0, 3.0, 5.0, 7.0])
    signature = array_signature(("x", "flag"), {"name": "y", "type": "number", "classes": None})
    signature["inputs"][0]["type"], signature["inputs"][1]["type"] = "integer", "boolean"
    return write_bundle(folder, fitted, signature)


def write_churn(folder: Path, handle_unknown: str = "ignore") -> Path:
    """A pipeline on a frame: an integer, a category, a boolean; the answer is true or false."""
    frame = pd.DataFrame(
        {"tenure": [1, 2, 30, 40, 3, 50], "plan": ["basic", "plus"] * 3, "paper": [True, False] * 3},
    )
    encode = make_column_transformer((OneHotEncoder(handle_unknown=handle_unknown), ["plan"]), remainder="passthrough")
    target = np.array([True, True, False, False, True, False])
    fitted = make_pipeline(encode, LogisticRegression()).fit(frame, target)
    inputs = [
        {"name": "tenure", "type": "integer"},
        {"name": "plan", "type": "category", "values": ["basic", "plus"]},
        {"name": "paper", "type": "boolean"},
    ]
    output = {"name": "churned", "type": "boolean", "classes": [False, True]}
    return write_bundle(
        folder, fitted, {"format": 1, "task": "classification", "inputs": inputs, "output": output, "layout": "frame"}
    )
