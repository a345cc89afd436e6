"""What dvc.lock says, whoever wrote it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from fakes import wanted
from fakes.ports import FakeFiles, Folder

from mlspec.domain.desired import DesiredModel
from mlspec.reconciler.lockfiles import locked_output, other_data

INPUTS = {"a.csv": "git:0", "b.csv": "md5:bbbb", "c.py": "0123", "d.csv": "md5:dddd", "training.params.C": 1}
LOCK = b"""\
schema: '2.0'
stages:
  prepare:
    cmd: x
    deps:
    - {path: a.csv, hash: md5, md5: %(a)s, size: 1}
    - {path: b.csv, hash: md5, md5: bbbb, size: 1}
    - {path: c.py, hash: md5, md5: cccc, size: 1}
    - {path: d.csv, hash: md5}
    outs:
    - {path: models/wine/prepared, hash: md5, md5: eeee.dir}
  validate:
    cmd: the model has this stage no more
    deps:
    - {path: a.csv, hash: md5, md5: older, size: 1}
  train:
    cmd: y
    deps:
    - {path: a.csv, hash: md5, md5: %(a)s, size: 1}
""" % {b"a": hashlib.md5(b"1").hexdigest().encode()}


def model(**inputs: Any) -> DesiredModel:
    """One of two stages, with some inputs more."""
    start = wanted.model()
    blueprint = replace(start.blueprint, stages=("prepare", "train"))
    return replace(start, blueprint=blueprint, inputs={**INPUTS, **inputs})


@pytest.fixture
def files(tmp_path) -> FakeFiles:
    folder = Folder(tmp_path)
    folder["a.csv"] = b"1"
    return FakeFiles(folder)


def test_data_is_compared_with_the_tree_and_with_pointers(files: FakeFiles) -> None:
    assert other_data(LOCK, model(), files) == []
    assert other_data(LOCK, model(**{"b.csv": "md5:ffff"}), files) == [("b.csv", "ffff", "bbbb")]
    files.write("a.csv", b"2")
    [(path, now, then)] = other_data(LOCK, model(), files)
    assert (path, now, then) == ("a.csv", hashlib.md5(b"2").hexdigest(), hashlib.md5(b"1").hexdigest())


@pytest.mark.parametrize("content", [b"", b"stages:\n", b"stages: [", b"stages: {a: 1}", b"stages: {a: {outs: 1}}"])
def test_a_lock_that_says_nothing(files: FakeFiles, content: bytes) -> None:
    assert other_data(content, model(), files) == []
    assert locked_output(content, "models/wine/prepared") == ""


def test_outputs(files: FakeFiles) -> None:
    assert locked_output(LOCK, "models/wine/prepared") == "eeee.dir"
    assert locked_output(LOCK, "models/wine/model") == ""
