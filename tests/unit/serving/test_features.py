"""A bundle with a features function: raw columns in, the same answers as by hand; and code that can't be trusted."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.bundles import write_bundle
from sklearn.linear_model import LinearRegression

from mlspec.serving.bundle import load_bundle
from mlspec.serving.errors import BundleError, Refusal

NUMBERS = itertools.count()
CODE = """
from OWN_helper import twice


def make(rows):
    return twice(rows[["x"]]).assign(long=rows["name"].str.len())
"""
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Writes a bundle of y = 2x + the length of a name, whose function lies in modules that no other test has."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)

    def write(code: str = CODE, **signature: Any) -> Path:
        own = f"own_serving{next(NUMBERS)}"
        fitted = LinearRegression().fit(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), [0.0, 2.0, 1.0])
        described = {
            "format": 2,
            "task": "regression",
            "inputs": [{"name": "x", "type": "number"}, {"name": "name", "type": "string"}],
            "output": {"name": "y", "type": "number", "classes": None},
            "layout": "array",
            "features": {
                "function": f"{own}:make",
                "columns": [{"name": "x", "type": "number"}, {"name": "long", "type": "number"}],
            },
        }
        folder = write_bundle(tmp_path / own, fitted, described | signature)
        (folder / "features").mkdir()
        (folder / f"features/{own}.py").write_text(code.replace("OWN", own))
        (folder / f"features/{own}_helper.py").write_text("def twice(rows):\n    return rows * 2\n")
        return folder

    yield write
    for name in [name for name in sys.modules if name.startswith("own_serving")]:
        del sys.modules[name]


def test_raw_columns_are_made_into_features(make: Make) -> None:
    folder = make()
    model = load_bundle(folder)
    answer = model.predict([[1.0, 2.5, 0], ["ann", "", "Jo"]], probabilities=False)
    assert answer.labels == pytest.approx([5.0, 5.0, 2.0])
    assert [column.name for column in model.signature.inputs] == ["x", "name"]
    assert not list(folder.rglob("__pycache__"))  # the bundle stays what was registered


def test_values_are_checked_before_the_function_sees_them(make: Make) -> None:
    model = load_bundle(make())
    with pytest.raises(Refusal, match="row 0, column 'x': expected a number"):
        model.predict([["much"], ["ann"]], probabilities=False)


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        (
            "def make(rows):\n    raise ValueError('no such name')\n",
            400,
            "the model refuses these values: no such name",
        ),
        ("def make(rows):\n    return rows['nothing']\n", 500, "the model failed: KeyError"),
        ("def make(rows):\n    return rows.head(1).assign(long=1)\n", 400, "gave 1 rows for 2"),
        ("def make(rows):\n    return rows[['x']]\n", 400, "gave no column 'long'"),
        ("def make(rows):\n    return rows[['x']].assign(long=float('nan'))\n", 400, "'long' has no value for row 0"),
    ],
)
def test_what_a_function_does_wrong_is_an_answer(make: Make, code: str, status: int, told: str) -> None:
    model = load_bundle(make(code))
    with pytest.raises(Refusal, match=told) as caught:
        model.predict([[1.0, 2.0], ["ann", "bob"]], probabilities=False)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import nosuchmodule\n", "can't be loaded: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("import os\nos._exit(7)\n", "ended with status 7"),
        ("make_it = 1\n", "can't be loaded: AttributeError"),
        ("x = bytearray(6 << 30)\n", "MemoryError"),
    ],
)
def test_code_that_can_not_be_loaded_ends_in_the_child(make: Make, code: str, told: str) -> None:
    with pytest.raises(BundleError, match=told):
        load_bundle(make(code))


def test_a_function_from_elsewhere_is_refused(make: Make) -> None:
    folder = make()
    described = json.loads((folder / "signature.json").read_text())
    described["features"]["function"] = "json:dumps"
    (folder / "signature.json").write_text(json.dumps(described))
    with pytest.raises(BundleError, match="not in the bundle"):
        load_bundle(folder)


def test_other_models_do_not_import_what_features_need(tmp_path: Path) -> None:
    fitted = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    signature = {"format": 1, "task": "regression", "layout": "array", "inputs": [{"name": "x", "type": "number"}]}
    folder = write_bundle(
        tmp_path / "plain", fitted, signature | {"output": {"name": "y", "type": "number", "classes": None}}
    )
    code = (
        "import sys; from pathlib import Path; from mlspec.serving.bundle import load_bundle; "
        f"load_bundle(Path({str(folder)!r})); print('mlspec.serving.features' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
