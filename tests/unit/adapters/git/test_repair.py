"""Repair: stale locks go, living ones stay."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from mlspec.adapters.git import repair as module
from mlspec.adapters.git.writer import Writer

LOCKS = ["index.lock", "HEAD.lock", "packed-refs.lock", "refs/heads/main.lock", "refs/mlspec/env/production.lock"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOMENT", 0.2)
    monkeypatch.setattr(module, "PATIENCE", 0.6)


def leave_locks(repo: Path) -> None:
    for name in LOCKS:
        (repo / ".git" / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / ".git" / name).touch()


def test_stale_locks_and_temporary_folders_go(repo: Path) -> None:
    leave_locks(repo)
    left = repo / ".git" / "mlspec-tmp-abc"
    left.mkdir()
    (left / "index").touch()
    assert sorted(Writer(repo).repair()) == sorted([*LOCKS, "mlspec-tmp-abc"])
    assert Writer(repo).repair() == []
    (repo / "a").write_text("1")
    assert Writer(repo).commit(["a"], "x")


def test_waits_until_a_lock_is_old_enough(repo: Path) -> None:
    start = time.monotonic()
    leave_locks(repo)
    assert Writer(repo).repair()
    assert time.monotonic() - start >= 0.15


def test_a_lock_from_the_future_is_left(repo: Path) -> None:
    lock = repo / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (time.time() + 3600, time.time() + 3600))
    assert Writer(repo).repair() == []
    assert lock.exists()


def test_a_living_git_is_respected(repo: Path) -> None:
    leave_locks(repo)
    alive = subprocess.Popen(["git", "cat-file", "--batch"], cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert Writer(repo).repair() == []
        assert all((repo / ".git" / name).exists() for name in LOCKS)
    finally:
        alive.communicate()
    assert Writer(repo).repair()


def test_a_git_elsewhere_does_not_matter(repo: Path, tmp_path: Path) -> None:
    leave_locks(repo)
    alive = subprocess.Popen(["git", "hash-object", "--stdin"], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert Writer(repo).repair()
    finally:
        alive.communicate()


def test_whoever_has_a_lock_open_is_respected(repo: Path) -> None:
    leave_locks(repo)
    held = (repo / ".git" / "index.lock").open()
    alive = subprocess.Popen(["sleep", "30"], stdin=held, cwd="/")
    try:
        assert Writer(repo).repair() == []
    finally:
        held.close()
        alive.kill()
        alive.wait()
    assert Writer(repo).repair()
