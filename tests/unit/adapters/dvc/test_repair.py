"""Lock files after a kill: unreadable ones, and entries of processes that are gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mlspec.adapters.dvc.repair import repair_all

RWLOCK = ".dvc/tmp/rwlock"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("content", ["", "{", "[]", '{"write": {"a": {}}}', '{"read": {"a": 1}}'])
def test_an_unreadable_rwlock_is_dropped(root: Path, content: str) -> None:
    (root / RWLOCK).write_text(content)
    assert repair_all(root, {}) == [RWLOCK]
    assert not (root / RWLOCK).exists()


def test_entries_of_other_living_processes_stay(root: Path) -> None:
    entry = {"pid": os.getppid(), "cmd": "dvc repro"}
    content = {"write": {"a": entry}, "read": {"b": [entry]}}
    (root / RWLOCK).write_text(json.dumps(content))
    assert repair_all(root, {}) == []
    assert json.loads((root / RWLOCK).read_text()) == content


def test_entries_of_the_dead_and_of_reused_numbers_go(root: Path) -> None:
    dead, ours = {"pid": 2**22 + 1, "cmd": "dvc"}, {"pid": os.getpid(), "cmd": "dvc"}
    (root / RWLOCK).write_text(json.dumps({"write": {"a": dead, "b": ours}, "read": {"c": [dead]}}))
    assert repair_all(root, {}) == [RWLOCK]
    assert json.loads((root / RWLOCK).read_text()) == {"write": {}, "read": {}}


def test_a_number_that_now_belongs_to_a_younger_process_goes(root: Path) -> None:
    (root / RWLOCK).write_text(json.dumps({"write": {"a": {"pid": os.getppid(), "cmd": "dvc"}}}))
    os.utime(root / RWLOCK, (1, 1))
    assert repair_all(root, {}) == [RWLOCK]


def test_a_torn_lock_is_put_back_and_a_changed_one_left(root: Path) -> None:
    (root / "torn.lock").write_text("schema: '2.0'\nstages:\n  train: {cmd: [")
    (root / "changed.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert repair_all(root, {"torn.lock": b"schema: '2.0'\n", "changed.lock": b"schema: '2.0'\n"}) == ["torn.lock"]
    assert (root / "torn.lock").read_bytes() == b"schema: '2.0'\n"
    assert (root / "changed.lock").read_text() == "schema: '2.0'\nstages: {}\n"
