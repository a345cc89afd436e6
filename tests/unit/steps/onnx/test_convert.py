"""Converted models answer as the fitted ones do; the same bytes in every process; what has no ONNX form says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlspec.steps.estimators import build_pipeline, task_of
from mlspec.steps.models import dump_model
from mlspec.steps.onnx.convert import Unconvertible, convert
from mlspec.steps.onnx.run import OnnxModel
from mlspec.steps.signature import Input, Layout, Signature
from mlspec.steps.train import describe_output

EXACT = 1e-12
"""double precision, added up in another order"""
SINGLE = 1e-6


def named(value: Any) -> str:
    """A test's name by its estimator."""
    return str(value).replace(" ", "").replace("\n", "")


CLASSIFIERS = [
    (LogisticRegression(max_iter=1000), EXACT),
    (RandomForestClassifier(20, random_state=0), EXACT),
    (ExtraTreesClassifier(20, random_state=0), EXACT),
    (GradientBoostingClassifier(n_estimators=10, random_state=0), EXACT),
    (GradientBoostingClassifier(n_estimators=5, init="zero", random_state=0), EXACT),
    (HistGradientBoostingClassifier(max_iter=10, random_state=0), EXACT),
    (DecisionTreeClassifier(random_state=0), EXACT),
    (KNeighborsClassifier(), EXACT),
    (GaussianNB(), EXACT),
    (SVC(), EXACT),
    (LinearSVC(), SINGLE),
]
REGRESSORS = [
    (Ridge(), EXACT),
    (RandomForestRegressor(20, random_state=0), EXACT),
    (GradientBoostingRegressor(n_estimators=10, random_state=0), EXACT),
    (HistGradientBoostingRegressor(max_iter=10, random_state=0), EXACT),
    (DecisionTreeRegressor(random_state=0), EXACT),
    (SVR(), SINGLE),
    (BaggingRegressor(n_estimators=5, random_state=0), SINGLE),
]


def signature_of(model: Any, inputs: tuple[Input, ...], layout: Layout = "array") -> Signature:
    """What the train step writes for it."""
    task = task_of(model)
    assert task is not None
    kind, classes = describe_output(model, task)
    return Signature(task, inputs, "y", kind, classes, layout)


def numbers(count: int, *, nullable: bool = False) -> tuple[Input, ...]:
    """So many columns of numbers."""
    return tuple(Input(f"c{index}", "number", nullable=nullable) for index in range(count))


def converted(model: Any, signature: Signature, folder: Path) -> OnnxModel:
    """The model as it is served."""
    (folder / "model.onnx").write_bytes(convert(model, signature))
    return OnnxModel(folder / "model.onnx", signature)


def compare(model: Any, served: OnnxModel, rows: Any, tolerance: float) -> None:
    """Labels are the same; numbers and shares are within a tolerance of their size."""
    wanted, given = model.predict(rows), served.predict(rows)
    if not hasattr(model, "classes_"):
        np.testing.assert_allclose(given, wanted, rtol=tolerance)
        return
    assert (given.tolist(), given.dtype.kind) == (wanted.tolist(), wanted.dtype.kind)
    assert hasattr(served, "predict_proba") == hasattr(model, "predict_proba")
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(served.predict_proba(rows), model.predict_proba(rows), atol=tolerance)


@pytest.mark.parametrize(("estimator", "tolerance"), CLASSIFIERS, ids=named)
@pytest.mark.parametrize("kind", ["several", "texts", "truth"])
def test_classifiers(estimator: Any, tolerance: float, kind: str, tmp_path: Path) -> None:
    """Of numbers, of texts, and of true and false."""
    rows, labels = (load_breast_cancer if kind == "truth" else load_wine)(return_X_y=True)
    target = {"several": labels, "texts": np.array([f"k{each}" for each in labels]), "truth": labels == 1}[kind]
    inputs = numbers(rows.shape[1])
    model = build_pipeline(estimator, inputs, "array").fit(rows[::2], target[::2])
    compare(model, converted(model, signature_of(model, inputs), tmp_path), rows[1::2], tolerance)


@pytest.mark.parametrize(("estimator", "tolerance"), REGRESSORS, ids=named)
def test_regressors(estimator: Any, tolerance: float, tmp_path: Path) -> None:
    rows, target = load_diabetes(return_X_y=True)
    inputs = numbers(rows.shape[1])
    model = build_pipeline(estimator, inputs, "array").fit(rows[::2], target[::2])
    compare(model, converted(model, signature_of(model, inputs), tmp_path), rows[1::2], tolerance)


def test_rows_on_a_threshold_go_the_same_way(tmp_path: Path) -> None:
    """scikit-learn rounds features to single precision and compares them with thresholds in double precision."""
    rows = np.random.default_rng(0).random((400, 3)).astype(np.float32).astype(np.float64)
    forest = RandomForestRegressor(30, random_state=0).fit(rows, rows.sum(axis=1))
    served = converted(forest, signature_of(forest, numbers(3)), tmp_path)
    splits = np.concatenate([tree.tree_.threshold[tree.tree_.feature == 0] for tree in forest.estimators_])
    near = np.concatenate([splits, np.nextafter(splits, 2), np.nextafter(splits, -1), splits.astype(np.float32)])
    tried = np.full((len(near), 3), 0.5)
    tried[:, 0] = near
    assert served.predict(tried).tolist() == forest.predict(tried).tolist()


@pytest.mark.parametrize(
    ("estimator", "label"),
    [
        (GradientBoostingClassifier(n_estimators=3), "second"),
        (HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=1), "first"),
        (RandomForestClassifier(3, bootstrap=False), "first"),
    ],
    ids=named,
)
def test_ties_have_the_same_label(estimator: Any, label: str, tmp_path: Path) -> None:
    """Two classes that boosting holds for equal are one's by `>=`, and the other's by `>`."""
    rows = np.array([[0.0], [0.0], [1.0], [2.0]] * 10)
    model = estimator.fit(rows, ["first", "second", "first", "second"] * 10)
    assert model.predict_proba(rows[:1]).tolist() == [[0.5, 0.5]]
    assert model.predict(rows[:1]).tolist() == [label]
    compare(model, converted(model, signature_of(model, numbers(1)), tmp_path), rows, EXACT)


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(10, random_state=0),
        DecisionTreeClassifier(random_state=0),
        HistGradientBoostingClassifier(max_iter=10),
    ],
    ids=named,
)
def test_missing_values_go_the_same_way(estimator: Any, tmp_path: Path) -> None:
    rows, target = load_wine(return_X_y=True)
    rows[np.random.default_rng(0).random(rows.shape) < 0.2] = np.nan
    inputs = numbers(rows.shape[1], nullable=True)
    model = build_pipeline(estimator, inputs, "array").fit(rows[::2], target[::2])
    compare(model, converted(model, signature_of(model, inputs), tmp_path), rows[1::2], EXACT)


FRAME = pd.DataFrame({
    "a b": np.arange(40.0) % 7,
    "colour": np.array(["red", "blue", "", "weiß"] * 10, dtype=object),
    "is it": np.array([True, False] * 20),
    "1st": np.arange(40) % 3,
})  # fmt: skip
COLUMNS = (
    Input("a b", "number"),
    Input("colour", "category", ("", "blue", "red", "weiß"), nullable=True),
    Input("is it", "boolean"),
    Input("1st", "integer"),
)


@pytest.mark.parametrize("estimator", [LogisticRegression(), RandomForestClassifier(5, random_state=0)])
def test_columns_of_all_types_and_names(estimator: Any, tmp_path: Path) -> None:
    target = np.where(FRAME["colour"].isin(["red", ""]) ^ (FRAME["a b"] > 3), "yes", "no").astype(str)
    model = build_pipeline(estimator, COLUMNS, "frame").fit(FRAME, target)
    served = converted(model, signature_of(model, COLUMNS, "frame"), tmp_path)
    compare(model, served, FRAME, EXACT)
    compare(model, served, FRAME.assign(colour="green"), EXACT)  # a category that was not there in training


def test_models_of_other_shapes(tmp_path: Path) -> None:
    """An estimator alone, on an array and on a frame; a pipeline of the user's own."""
    rows, target = FRAME[["a b", "1st"]].astype("float64"), FRAME["a b"] * 2 + FRAME["1st"]
    inputs = (COLUMNS[0], COLUMNS[3])
    alone = Ridge().fit(rows.to_numpy(), target)
    compare(alone, converted(alone, signature_of(alone, inputs), tmp_path), rows.to_numpy(), EXACT)
    framed = RandomForestRegressor(5, random_state=0).fit(rows, target)
    compare(framed, converted(framed, signature_of(framed, inputs, "frame"), tmp_path), rows, EXACT)
    own = make_pipeline(OrdinalEncoder(), DecisionTreeClassifier(random_state=0))
    texts = FRAME[["colour"]]
    own.fit(texts, FRAME["is it"].to_numpy())
    compare(own, converted(own, signature_of(own, (COLUMNS[1],), "frame"), tmp_path), texts, EXACT)


@pytest.mark.parametrize("estimator", [LogisticRegression(), RandomForestClassifier(5, random_state=0)], ids=named)
def test_categories_alone(estimator: Any, tmp_path: Path) -> None:
    """The encoder then gives single precision."""
    inputs, rows = (COLUMNS[1],), FRAME[["colour"]]
    model = build_pipeline(estimator, inputs, "frame").fit(rows, FRAME["a b"].to_numpy() > 3)
    compare(model, converted(model, signature_of(model, inputs, "frame"), tmp_path), rows, EXACT)


TRANSFORMERS = [
    SimpleImputer(),
    PolynomialFeatures(2),
    KBinsDiscretizer(4, encode="ordinal"),
    KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
    SelectFromModel(RandomForestClassifier(5, random_state=0)),
    SelectKBest(k=3),
    PowerTransformer(),
    QuantileTransformer(n_quantiles=20),
    RobustScaler(),
    MinMaxScaler(),
    PCA(3),
]


@pytest.mark.parametrize("step", TRANSFORMERS, ids=named)
@pytest.mark.parametrize("layout", ["array", "frame"])
def test_transformers_of_the_users_own(step: Any, layout: Layout, tmp_path: Path) -> None:
    """In single precision where the converter gives nothing else."""
    rows, target = load_wine(return_X_y=True, as_frame=layout == "frame")
    rows, target = rows[rows.columns[:5]] if layout == "frame" else rows[:, :5], np.asarray(target)
    inputs = tuple(Input(name, "number") for name in rows.columns) if layout == "frame" else numbers(5)
    model = make_pipeline(step, Ridge()).fit(rows[::2], target[::2])
    compare(model, converted(model, signature_of(model, inputs, layout), tmp_path), rows[1::2], 1e-4)


@pytest.mark.parametrize("around", [make_pipeline, make_union], ids=["pipeline", "union"])
def test_columns_of_numbers_taken_by_name_inside_another_step(around: Any, tmp_path: Path) -> None:
    rows, target = FRAME[["a b", "1st"]].astype("float64"), FRAME["a b"] * 2 + FRAME["1st"]
    columns = make_column_transformer((RobustScaler(), ["1st"]), ("passthrough", ["a b"]))
    model, inputs = make_pipeline(around(columns), Ridge()).fit(rows, target), (COLUMNS[0], COLUMNS[3])
    compare(model, converted(model, signature_of(model, inputs, "frame"), tmp_path), rows, EXACT)


def test_trees_of_one_leaf(tmp_path: Path) -> None:
    rows = np.zeros((6, 2))
    for model in (DecisionTreeClassifier().fit(rows, [0, 1, 1] * 2), RandomForestRegressor(3).fit(rows, [2.0] * 6)):
        compare(model, converted(model, signature_of(model, numbers(2)), tmp_path), rows, EXACT)


@pytest.mark.parametrize(
    "estimator",
    [DummyClassifier(), HistGradientBoostingRegressor(loss="poisson", max_iter=5)],
    ids=named,
)
def test_what_has_no_onnx_form_is_named(estimator: Any) -> None:
    rows, target = load_wine(return_X_y=True)
    model = estimator.fit(rows, target)
    with pytest.raises(Unconvertible, match=f"{type(estimator).__name__} has no ONNX form: "):
        convert(model, signature_of(model, numbers(rows.shape[1])))


def test_the_part_without_an_onnx_form_is_named() -> None:
    rows, target = load_wine(return_X_y=True)
    model = make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), Ridge()).fit(rows, target)
    with pytest.raises(Unconvertible, match=r"^SimpleImputer, FunctionTransformer has no ONNX form: "):
        convert(model, signature_of(model, numbers(rows.shape[1])))
    model = make_pipeline(KNNImputer(), Ridge()).fit(rows, target)
    with pytest.raises(Unconvertible, match=r"^KNNImputer has no ONNX form: it would need functions of its own"):
        convert(model, signature_of(model, numbers(rows.shape[1])))


def named_so(*columns: str) -> tuple[pd.DataFrame, Any, Signature]:
    """Rows with such columns, and a model on them."""
    rows = pd.DataFrame(np.random.default_rng(0).random((30, 2)), columns=list(columns))
    model = LogisticRegression().fit(rows, rows[columns[0]] > 0.5)
    return rows, model, signature_of(model, tuple(Input(name, "number") for name in columns), "frame")


def test_columns_may_be_called_as_what_is_inside(tmp_path: Path) -> None:
    rows, model, signature = named_so("joined", "joined:")
    compare(model, converted(model, signature, tmp_path), rows, EXACT)


@pytest.mark.parametrize("columns", [["predict", "b"], ["a", "predict_proba"]])
def test_columns_that_are_called_as_what_the_file_gives(columns: list[str]) -> None:
    """An ONNX file has one name for one thing."""
    _, model, signature = named_so(*columns)
    with pytest.raises(Unconvertible, match=r"column `predict\w*` is called as an output is: rename it"):
        convert(model, signature)


@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"])
def test_categories_that_no_split_uses_are_no_numbers(name: str) -> None:
    """The estimator puts columns of categories before the others, whether its trees ask for them or not."""
    draw = np.random.default_rng(0)
    rows = np.column_stack([draw.random(200), np.zeros(200), draw.random(200)])
    kind = {each.__name__: each for each in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)}[name]
    model = kind(max_iter=5, categorical_features=[1]).fit(rows, rows[:, 0] > 0.5)
    with pytest.raises(Unconvertible, match=name):
        convert(model, signature_of(model, numbers(3)))


FRESH = """
import hashlib, sys
from pathlib import Path
from mlspec.steps.models import SKLEARN_INTERNALS
from mlspec.steps.onnx.convert import convert
from mlspec.steps.signature import read_signature
import skops.io
for name in sys.argv[1:]:
    model = skops.io.load(Path(name) / "model.skops", trusted=list(SKLEARN_INTERNALS))
    print(hashlib.sha256(convert(model, read_signature(Path(name) / "signature.json"))).hexdigest())
"""


@pytest.mark.slow
def test_fresh_processes_write_the_same_bytes(tmp_path: Path) -> None:
    target = np.where(FRAME["a b"] > 3, "yes", "no").astype(str)
    estimators = [RandomForestClassifier(5, random_state=0), KNeighborsClassifier(), AdaBoostClassifier(random_state=0)]
    folders = []
    for estimator in estimators:
        folder = tmp_path / type(estimator).__name__
        folder.mkdir()
        model = build_pipeline(estimator, COLUMNS, "frame").fit(FRAME, target)
        (folder / "model.skops").write_bytes(dump_model(model))
        (folder / "signature.json").write_text(signature_of(model, COLUMNS, "frame").to_text())
        folders.append(str(folder))
    made = [
        subprocess.run(
            [sys.executable, "-c", FRESH, *folders],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert len(set(made[0])) == len(estimators)
