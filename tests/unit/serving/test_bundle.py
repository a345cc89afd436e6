"""Bundles that can be served, and those that cannot, with the reason."""

from __future__ import annotations

import shutil
import zipfile

import orjson
import pytest
import skops.io
from fakes import bundles
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from mlspec.serving.bundle import load_bundle
from mlspec.serving.errors import BundleError
from mlspec.serving.trees import check_trees

ROWS = [[0.0, 1.0], [1.0, 0.0], [0.5, 2.0], [2.0, 0.1]] * 10
LABELS = [0, 1, 0, 1] * 10


class Own:
    """A type that nobody trusts."""


@pytest.fixture
def bundle(folders, tmp_path):
    """A copy of a good bundle, to be spoilt."""
    return shutil.copytree(folders("line"), tmp_path / "bundle")


def spoil(bundle, **changes) -> None:
    """Change signature.json."""
    file = bundle / "signature.json"
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | changes))


@pytest.mark.parametrize("name", ["wine", "iris", "line", "churn"])
def test_good_bundles_load(folders, name) -> None:
    assert load_bundle(folders(name)).signature.inputs


COLUMN = {"name": "x", "type": "number"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 3}, "signature format 3 is not known"),
        ({"task": "clustering"}, "task 'clustering'"),
        ({"layout": "tensor"}, "layout 'tensor'"),
        ({"inputs": []}, "no inputs"),
        ({"inputs": [COLUMN, COLUMN]}, "named twice"),
        ({"inputs": [{"name": "x", "type": "string"}]}, "text inputs in layout 'array'"),
        ({"inputs": [{"name": "x", "type": "date"}]}, "input 'x' of type 'date'|text inputs"),
        ({"inputs": [{"type": "number"}]}, "is not a signature: KeyError"),
        ({"inputs": [COLUMN]}, "the model cannot predict: ValueError: X has 1 features"),
        ({"output": 3}, "is not a signature"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_a_wrong_signature(bundle, changes, says) -> None:
    spoil(bundle, **changes)
    with pytest.raises(BundleError, match=says):
        load_bundle(bundle)


def test_classes_that_are_not_the_models(folders, tmp_path) -> None:
    bundle = shutil.copytree(folders("churn"), tmp_path / "bundle")
    spoil(bundle, output={"name": "churned", "type": "boolean", "classes": [True, False]})
    with pytest.raises(BundleError, match=r"classes \(True, False\) are not the model's \[False, True\]"):
        load_bundle(bundle)


def test_missing_and_broken_files(bundle) -> None:
    (bundle / "model.skops").write_bytes(b"not a zip")
    with pytest.raises(BundleError, match=r"^model.skops is not a skops file"):
        load_bundle(bundle)
    (bundle / "model.skops").unlink()
    with pytest.raises(BundleError, match=r"^cannot read model.skops: No such file"):
        load_bundle(bundle)
    (bundle / "signature.json").unlink()
    with pytest.raises(BundleError, match=r"^cannot read signature.json: No such file"):
        load_bundle(bundle)


def test_untrusted_types_are_named_and_trust_comes_from_the_caller(tmp_path) -> None:
    fitted = RandomForestClassifier(2).fit(ROWS, LABELS)
    fitted.own = Own()
    signature = bundles.array_signature("ab", {"name": "y", "type": "integer", "classes": [0, 1]})
    name = f"{Own.__module__}.Own"
    bundle = bundles.write_bundle(tmp_path / "b", fitted, signature | {"trust": [name]})
    with pytest.raises(BundleError, match=f"types that are not trusted: {name}$"):
        load_bundle(bundle)


def test_a_crafted_file_runs_nothing(bundle, tmp_path) -> None:
    with zipfile.ZipFile(bundle / "model.skops") as archive:
        schema = orjson.loads(archive.read("schema.json"))
    target = tmp_path / "pwned"
    content = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": f'"touch {target}"'}
    evil = {"__class__": "system", "__module__": "posix", "__loader__": "ObjectNode", "content": content, "__id__": 1}
    with zipfile.ZipFile(bundle / "model.skops", "w") as archive:
        archive.writestr("schema.json", orjson.dumps(evil | {k: schema[k] for k in ("protocol", "_skops_version")}))
    with pytest.raises(BundleError, match=r"not trusted: posix.system"):
        load_bundle(bundle)
    assert not target.exists()


def crafted(name: str, value: int):
    """A forest's tree state with one index changed."""
    forest = RandomForestClassifier(1, random_state=0).fit(ROWS, LABELS)
    tree = forest.estimators_[0].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes[name][0] = value
    tree.__setstate__(state | {"nodes": nodes})
    return forest


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("left_child", 10**6, "nodes point outside"),
        ("right_child", 0, "nodes point outside"),
        ("right_child", -5, "nodes point outside"),
        ("feature", 2, "reads past the model's features"),
        ("feature", -3, "reads past the model's features"),
    ],
)
def test_trees_that_point_outside_are_refused(name, value, says) -> None:
    with pytest.raises(BundleError, match=says):
        check_trees(crafted(name, value))


def test_gradient_boosting_trees_too() -> None:
    model = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2).fit(ROWS, LABELS)
    check_trees(model)
    model._predictors[0][0].nodes["feature_idx"][0] = 7
    with pytest.raises(BundleError, match="reads past"):
        check_trees(model)


def test_a_model_that_uses_openmp_loads_in_the_child(tmp_path) -> None:
    model = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2).fit(ROWS, LABELS)
    signature = bundles.array_signature("ab", {"name": "y", "type": "integer", "classes": [0, 1]})
    assert load_bundle(bundles.write_bundle(tmp_path / "b", model, signature)).offers_probabilities


def test_a_crafted_tree_in_a_file_is_refused(tmp_path) -> None:
    signature = bundles.array_signature("ab", {"name": "y", "type": "integer", "classes": [0, 1]})
    bundle = bundles.write_bundle(tmp_path / "b", crafted("left_child", 10**6), signature)
    assert skops.io.get_untrusted_types(file=bundle / "model.skops") == ["sklearn.tree._tree.Tree"]
    with pytest.raises(BundleError, match="nodes point outside"):
        load_bundle(bundle)
