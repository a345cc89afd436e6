"""Models in ONNX' format: the same answers as by scikit-learn, without it; files that are something else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import skops.io
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlspec.serving.bundle import READERS, load_bundle
from mlspec.serving.errors import BundleError, Refusal
from mlspec.serving.service import Limits, Service
from mlspec.steps.onnx.convert import convert
from mlspec.steps.signature import read_signature as steps_signature

REQUESTS = {
    "wine": [{"alcohol": 13.2 + row / 7} for row in range(5)],
    "iris": [{"sepal_length": 5.1 + row, "petal_width": row / 3} for row in range(5)],
    "line": [{"x": row, "flag": row % 2 == 0} for row in range(5)],
    "churn": [{"tenure": row * 9, "plan": plan, "paper": True} for row, plan in enumerate(["basic", "plus", "new"])],
}


@pytest.fixture(scope="session")
def exported(folders: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`exported("wine")` is the bundle of the same model in ONNX' format."""
    root = tmp_path_factory.mktemp("onnx")

    def export(name: str) -> Path:
        target = root / name
        if not target.exists():
            source = folders(name)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.skops"))
            model = skops.io.load(source / "model.skops", trusted=["sklearn.tree._tree.Tree"])
            (target / "model.onnx").write_bytes(convert(model, steps_signature(target / "signature.json")))
        return target

    return export


@pytest.fixture
def spoilt(exported: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of a good bundle, to be spoilt."""
    return shutil.copytree(exported("line"), tmp_path / "bundle")


def service(folder: Path, name: str) -> Service:
    """A server's inside."""
    return Service(name, "v1.0.0", load_bundle(folder), Limits())


def rows_of(name: str, given: Service) -> bytes:
    """A request of several rows."""
    example = {column.name: column.example for column in given.model.signature.inputs}
    return json.dumps({"rows": [example | row for row in REQUESTS[name]]}).encode()


def rounded(document: Any) -> Any:
    """Numbers to twelve digits: sums may be added up in another order."""
    if isinstance(document, dict):
        return {key: rounded(value) for key, value in document.items()}
    if isinstance(document, list):
        return [rounded(value) for value in document]
    return pytest.approx(document, abs=1e-12) if type(document) is float else document


@pytest.mark.parametrize("name", REQUESTS)
def test_answers_are_those_of_scikit_learn(name: str, folders: Any, exported: Any) -> None:
    ours, theirs = service(exported(name), name), service(folders(name), name)
    body = rows_of(name, theirs)
    answer, wanted = json.loads(ours.predict(body).content), json.loads(theirs.predict(body).content)
    assert answer == rounded(wanted)
    assert list(map(type, answer["predictions"])) == list(map(type, wanted["predictions"]))
    assert ours.model.offers_probabilities == theirs.model.offers_probabilities
    assert (ours.model.platform, theirs.model.platform) == ("mlspec_onnx", "mlspec_sklearn")
    assert ours.predict(body).prediction.unseen == theirs.predict(body).prediction.unseen


def test_rows_are_checked_as_ever(exported: Any) -> None:
    with pytest.raises(Refusal, match="expected a whole number"):
        service(exported("line"), "line").predict(b'{"x": 1.5, "flag": true}')


def test_a_category_that_the_model_does_not_take_is_the_clients_fault(tmp_path: Path) -> None:
    """As with scikit-learn, whose encoder refuses it by itself: no error of the server, and no traceback."""
    described = {
        "format": 1,
        "task": "classification",
        "inputs": [{"name": "plan", "type": "category", "values": ["basic", "plus"]}],
        "output": {"name": "y", "type": "boolean", "classes": [False, True]},
        "layout": "frame",
    }
    (tmp_path / "signature.json").write_text(json.dumps(described))
    rows = pd.DataFrame({"plan": ["basic", "plus"] * 5})
    fitted = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [False, True] * 5)
    (tmp_path / "model.onnx").write_bytes(convert(fitted, steps_signature(tmp_path / "signature.json")))
    served = service(tmp_path, "plans")
    assert json.loads(served.predict(b'{"rows": [{"plan": "plus"}]}').content)["predictions"] == [True]
    with pytest.raises(Refusal, match="the model refuses these values: ") as caught:
        served.predict(b'{"rows": [{"plan": "other"}]}')
    assert caught.value.status == 400


@pytest.mark.parametrize("layout", ["array", "frame"])
def test_a_features_function_makes_what_the_model_takes(layout: str, tmp_path: Path) -> None:
    features = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    columns = [{"name": "x", "type": "number"}, {"name": "long", "type": "integer"}]
    described = {
        "format": 2,
        "task": "regression",
        "inputs": [{"name": "x", "type": "number"}, {"name": "word", "type": "string", "nullable": True}],
        "output": {"name": "y", "type": "number", "classes": None},
        "layout": layout,
        "features": {"function": "own_onnx_features:make", "columns": columns},
    }
    (tmp_path / "features").mkdir()
    (tmp_path / "features/own_onnx_features.py").write_text(
        "def make(rows):\n    return rows[['x']].assign(long=rows['word'].str.len())\n"
    )
    (tmp_path / "signature.json").write_text(json.dumps(described))
    rows = pd.DataFrame(features, columns=["x", "long"]) if layout == "frame" else features
    fitted = LinearRegression().fit(rows, [0.0, 2.0, 1.0])
    content = convert(fitted, steps_signature(tmp_path / "signature.json"))
    (tmp_path / "model.onnx").write_bytes(content)
    before = list(sys.path)
    try:
        answer = load_bundle(tmp_path).predict([[1.0, 2.5, 0], ["ann", None, "Jo"]], probabilities=False)
    finally:
        sys.path[:] = before
        sys.modules.pop("own_onnx_features", None)
    assert answer.labels == pytest.approx([4.0, 2.5, 2.0])


@pytest.mark.parametrize("name", ["wine", "churn"])
def test_such_a_server_imports_no_scikit_learn(name: str, exported: Any) -> None:
    code = (
        "import sys; from pathlib import Path; import mlspec.serving.command; "
        f"from mlspec.serving.bundle import load_bundle; load_bundle(Path({str(exported(name))!r})); "
        "print(*sorted({'sklearn', 'skops', 'scipy', 'pandas', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def model(*nodes: onnx.NodeProto, width: int = 2, constants: tuple[TensorProto, ...] = ()) -> bytes:
    """A model of these nodes, from `features` to `predict`."""
    inputs = [helper.make_tensor_value_info("features", TensorProto.DOUBLE, [None, width])]
    outputs = [helper.make_tensor_value_info("predict", TensorProto.DOUBLE, None)]
    graph = helper.make_graph([*nodes], "g", inputs, outputs, [*constants])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    content: bytes = made.SerializeToString()
    return content


def elsewhere() -> bytes:
    """A model whose numbers are in another file of this machine."""
    tensor = TensorProto(name="w", dims=[4], data_type=TensorProto.DOUBLE, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    return model(helper.make_node("Identity", ["w"], ["predict"]), constants=(tensor,))


HUGE = numpy_helper.from_array(np.array([1 << 40]), "shape")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "^model.onnx cannot be loaded: "),
        (b"not a model", "^model.onnx cannot be loaded: "),
        (model(helper.make_node("Imagined", ["features"], ["predict"])), "^model.onnx cannot be loaded: .*Imagined"),
        (model(helper.make_node("Identity", ["features"], ["predict"]), width=3), "the model cannot predict: "),
        (model(helper.make_node("Identity", ["features"], ["predict"])), r"an array of shape \(2,\) for one row"),
        (elsewhere(), "^model.onnx cannot be loaded: "),
        (
            model(helper.make_node("ConstantOfShape", ["shape"], ["predict"]), constants=(HUGE,)),
            "cannot be loaded|cannot predict|memory",
        ),
    ],
    ids=["empty", "garbage", "operator", "width", "shape", "elsewhere", "huge"],
)
def test_other_files_are_refused_with_the_reason(spoilt: Path, content: bytes, says: str) -> None:
    (spoilt / "model.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=says):
        load_bundle(spoilt)


def test_a_file_cut_short_is_refused(spoilt: Path) -> None:
    file = spoilt / "model.onnx"
    whole = file.read_bytes()
    for length in range(1, len(whole), 97):
        file.write_bytes(whole[:length])
        with pytest.raises(BundleError):
            load_bundle(spoilt)


def test_a_signature_of_another_model_is_refused(spoilt: Path, exported: Any) -> None:
    shutil.copy(exported("churn") / "signature.json", spoilt)
    with pytest.raises(BundleError, match=r"^model.onnx takes .*features.* and its signature says .*tenure"):
        load_bundle(spoilt)


def test_one_bundle_holds_one_model(spoilt: Path, folders: Any) -> None:
    shutil.copy(folders("line") / "model.skops", spoilt)
    with pytest.raises(BundleError, match=r"holds model\.onnx and model\.skops"):
        load_bundle(spoilt)


def test_a_server_without_the_runtime_says_what_it_lacks(
    exported: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, READERS["model.onnx"], raising=False)
    with pytest.raises(BundleError, match=r"^model.onnx needs the package onnxruntime.*pip install 'mlspec\[onnx\]'"):
        load_bundle(exported("line"))
