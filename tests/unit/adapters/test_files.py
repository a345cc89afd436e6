"""Writing files: all or nothing, inside or not at all."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from mlspec.adapters import files
from mlspec.adapters.files import write_atomically
from mlspec.errors import MlspecError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_new_file_in_new_folders(root: Path) -> None:
    write_atomically("models/wine/dvc.yaml", b"stages: {}\n", root)
    assert (root / "models/wine/dvc.yaml").read_bytes() == b"stages: {}\n"
    assert names(root) == {"models", "models/wine", "models/wine/dvc.yaml"}


def test_absolute_path_below_root(root: Path) -> None:
    write_atomically(root / "a", b"1", root)
    assert (root / "a").read_bytes() == b"1"


def test_replaces_and_keeps_permissions(root: Path) -> None:
    (root / "run.sh").write_text("old")
    (root / "run.sh").chmod(0o750)
    write_atomically("run.sh", b"new", root)
    assert (root / "run.sh").read_text() == "new"
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o750


def test_new_file_has_the_usual_permissions(root: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically("a", b"1", root)
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("path", ["../outside/a", "a/../../outside/a", "/etc/mlspec-test", "", ".", "a/.."])
def test_outside_is_refused(root: Path, outside: Path, path: str) -> None:
    with pytest.raises(MlspecError, match="outside"):
        write_atomically(path, b"1", root)
    assert not names(outside)


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", "sub/.GIT/config", ".git"])
def test_gits_own_files_are_refused(root: Path, path: str) -> None:
    with pytest.raises(MlspecError, match="git's own"):
        write_atomically(path, b"1", root)
    assert not names(root)


@pytest.mark.parametrize("path", ["link/a", "link/deep/a", "real/link/a"])
def test_linked_folders_are_refused(root: Path, outside: Path, path: str) -> None:
    (root / "real").mkdir()
    (root / "link").symlink_to(outside)
    (root / "real" / "link").symlink_to(outside)
    with pytest.raises(MlspecError, match="symbolic link"):
        write_atomically(path, b"1", root)
    assert not names(outside)


def test_a_linked_file_is_refused(root: Path, outside: Path) -> None:
    (outside / "victim").write_text("precious")
    (root / "a").symlink_to(outside / "victim")
    with pytest.raises(MlspecError, match="symbolic link"):
        write_atomically("a", b"1", root)
    assert (outside / "victim").read_text() == "precious"
    assert (root / "a").is_symlink()


def test_a_folder_in_the_way_is_refused(root: Path) -> None:
    (root / "a").mkdir()
    with pytest.raises(MlspecError, match="no ordinary file"):
        write_atomically("a", b"1", root)
    with pytest.raises(MlspecError):
        write_atomically("a/b/c", b"1", root / "missing")
    assert names(root) == {"a"}


def test_root_may_be_reached_by_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    write_atomically("a", b"1", tmp_path / "alias")
    assert (root / "a").read_bytes() == b"1"


@pytest.mark.parametrize("step", ["fsync", "rename", "write"])
def test_a_failure_leaves_the_old_bytes_and_nothing_else(root: Path, monkeypatch, step: str) -> None:
    (root / "a").write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(files, "_write", fail)
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(MlspecError, match="No space left") as caught:
        write_atomically("a", b"new", root)
    assert caught.value.where == "a"
    assert (root / "a").read_text() == "old"
    assert names(root) == {"a"}


def test_what_a_killed_writer_left_is_swept(root: Path) -> None:
    old, young, others = root / ".a.12ab.mlspec-tmp", root / ".a.34cd.mlspec-tmp", root / ".b.12ab.mlspec-tmp"
    for file in (old, young, others):
        file.write_text("half")
    for file in (old, others):
        os.utime(file, (time.time() - 120, time.time() - 120))
    write_atomically("a", b"1", root)
    assert names(root) == {"a", young.name, others.name}


def test_readers_never_see_half_a_file(root: Path) -> None:
    contents = {bytes([number]) * 200_000 for number in range(4)}
    write_atomically("a", next(iter(contents)), root)
    stop, seen = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            seen.add((root / "a").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for data in [*contents] * 10:
        write_atomically("a", data, root)
    stop.set()
    reader.join()
    assert seen <= contents
