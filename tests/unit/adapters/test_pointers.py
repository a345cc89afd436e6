"""Edits of DVC-tracked files that git does not see."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlspec.adapters.cache import Cache
from mlspec.adapters.pointers import edited_files, files_behind


def md5(data: bytes) -> str:
    return "md5:" + hashlib.md5(data).hexdigest()


def test_an_edited_file_is_found_and_one_that_is_away_is_not(tmp_path: Path) -> None:
    (tmp_path / "same.csv").write_bytes(b"a\n")
    (tmp_path / "edited.csv").write_bytes(b"b\n")
    pointers = {name: md5(b"a\n") for name in ("same.csv", "edited.csv", "away.csv")}
    assert edited_files(str(tmp_path), Cache(tmp_path / "cache"), pointers) == ["edited.csv"]


def test_a_file_is_hashed_again_only_when_it_was_written(tmp_path: Path) -> None:
    data, cache = tmp_path / "data.csv", Cache(tmp_path / "cache")
    data.write_bytes(b"a\n")
    pointers = {"data.csv": md5(b"a\n")}
    assert edited_files(str(tmp_path), cache, pointers) == []
    (stamp,) = cache.get_many(
        "hashes", [f"{data}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}" for found in [data.stat()]]
    )
    cache.put_many("hashes", {stamp: "md5:0"})
    assert edited_files(str(tmp_path), cache, pointers) == ["data.csv"]
    data.write_bytes(b"a\n\n")
    data.write_bytes(b"a\n")
    assert edited_files(str(tmp_path), cache, pointers) == []


def test_only_pointers_to_files_are_looked_at() -> None:
    inputs = {"data/a.csv": "md5:1", "data/b": "md5:2.dir", "src/a.py": "ast:3", "training.params.depth": 3}
    assert files_behind([inputs]) == {"data/a.csv": "md5:1"}
