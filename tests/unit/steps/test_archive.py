"""A canonical archive loads as skops' own does, and equal models give equal bytes."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from mlspec.steps.archive import canonical_archive
from mlspec.steps.models import SKLEARN_INTERNALS


def reload(data: bytes) -> Any:
    """Load an archive as the server does."""
    return skops.io.loads(data, trusted=list(SKLEARN_INTERNALS))


def renumbered(data: bytes) -> bytes:
    """The same archive as another process would write it: other ids, other member names, another order and time."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    names = {name: f"{uuid.uuid4()}.{name.rpartition('.')[2]}" for name in members if name != "schema.json"}
    schema = members.pop("schema.json").decode()
    for old, new in names.items():
        schema = schema.replace(json.dumps(old), json.dumps(new))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in reversed(list(members)):
            target.writestr(zipfile.ZipInfo(names[name], (2020, 1, 1, 0, 0, 0)), members[name])
        target.writestr("schema.json", json.dumps(json.loads(schema), indent=4))
    return buffer.getvalue()


def test_a_forest_predicts_as_it_did() -> None:
    features, target = load_iris(return_X_y=True)
    forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(features, target)
    data = skops.io.dumps(forest)
    archive = canonical_archive(data)
    assert np.array_equal(reload(archive).predict_proba(features), forest.predict_proba(features))
    assert len(archive) < len(data) / 2
    assert canonical_archive(archive) == archive
    assert canonical_archive(renumbered(data)) == archive != data


def test_the_order_of_a_set_means_nothing() -> None:
    words = {"and", "or", "not", "but", "yet"}
    one, other = LogisticRegression(), LogisticRegression()
    one.words_ = other.words_ = words
    schema = json.loads(zipfile.ZipFile(io.BytesIO(skops.io.dumps(one))).read("schema.json"))
    nodes = schema["content"]["content"]["words_"]["content"]
    nodes.reverse()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("schema.json", json.dumps(schema))
    assert canonical_archive(buffer.getvalue()) == canonical_archive(skops.io.dumps(other))
    assert reload(canonical_archive(buffer.getvalue())).words_ == words


def test_what_was_shared_stays_shared_and_what_was_not_stays_apart() -> None:
    array = np.arange(3.0)
    loaded = reload(canonical_archive(skops.io.dumps([array, array, array.copy(), b"x", {"a": [1, None]}])))
    assert loaded[0] is loaded[1]
    assert loaded[0] is not loaded[2]
    assert np.array_equal(loaded[0], loaded[2])
    assert loaded[3:] == [b"x", {"a": [1, None]}]


def test_gaps_between_fields_mean_nothing() -> None:
    kind = np.dtype({"names": ["a", "b"], "formats": ["<i1", "<f8"], "offsets": [0, 8], "itemsize": 16})
    archives = []
    for fill in (0, 255):
        records = np.full(3 * kind.itemsize, fill, dtype="u1").view(kind)
        records["a"], records["b"] = [1, 2, 3], [0.5, 1.5, 2.5]
        archives.append(canonical_archive(skops.io.dumps(records)))
    assert archives[0] == archives[1]
    assert reload(archives[0])["b"].tolist() == [0.5, 1.5, 2.5]


def test_equal_content_is_stored_once() -> None:
    archive = canonical_archive(skops.io.dumps([np.zeros(9), np.zeros(9), np.ones(9)]))
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == ["schema.json", "1.npy", "2.npy"]


def test_a_changed_value_changes_the_bytes() -> None:
    assert canonical_archive(skops.io.dumps({"a": 1})) != canonical_archive(skops.io.dumps({"a": 2}))


def test_something_else_is_refused() -> None:
    with pytest.raises(zipfile.BadZipFile):
        canonical_archive(b"no archive")
