"""What is read of a tree is kept for the next process, all at once."""

from __future__ import annotations

from pathlib import Path

from mlspec.adapters.cache import Cache
from mlspec.adapters.workfiles import WorkFiles
from mlspec.adapters.worktree import WorkTree


class Counting(Cache):
    """A cache that knows how often it was written."""

    writes = 0

    def put_many(self, namespace: str, items: object) -> None:
        self.writes += 1
        super().put_many(namespace, items)  # type: ignore[arg-type]


def test_one_write_for_many_files(tmp_path: Path) -> None:
    blobs = {f"{number}.py": str(number) for number in range(20)}
    for path in blobs:
        (tmp_path / path).write_text(f"import json\nx = {path[:-3]}\n")
    cache = Counting(tmp_path / "cache")
    tree = WorkTree(blobs, WorkFiles(str(tmp_path)), cache)
    first = {path: tree.python(path) for path in blobs}
    assert cache.writes == 0
    tree.keep()
    tree.keep()
    assert cache.writes == 1
    for path in blobs:
        (tmp_path / path).unlink()
    again = WorkTree(blobs, WorkFiles(str(tmp_path)), Cache(tmp_path / "cache"))
    assert {path: again.python(path) for path in blobs} == first


def test_a_file_is_read_once_before_it_is_kept(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy==2.1\n")
    tree = WorkTree({"requirements.txt": "1"}, WorkFiles(str(tmp_path)), Cache(tmp_path / "cache"))
    seen = tree.packages("requirements.txt")
    (tmp_path / "requirements.txt").unlink()
    assert tree.packages("requirements.txt") == seen != {}
