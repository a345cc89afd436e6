"""A packed context: the same bytes for the same files, nothing of this machine in it, and what may not be in it."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from mlspec.adapters.images.context import pack
from mlspec.errors import MlspecError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.skops").write_bytes(b"model")
    (folder / "deep/x.json").write_text("{}")
    return folder


def listed(files: Mapping[str, bytes], bundle: Path) -> dict[str, tarfile.TarInfo]:
    with pack(files, bundle) as spool, tarfile.open(fileobj=spool) as tar:
        return {member.name: member for member in tar}


def test_the_bytes_depend_on_the_files_only(bundle: Path) -> None:
    with pack({"b": b"2", "a/x": b"1"}, bundle) as spool:
        first = spool.read()
    os.utime(bundle / "model.skops", (5, 5))
    (bundle / "model.skops").chmod(0o600)
    (bundle / "deep").chmod(0o700)
    with pack({"a/x": b"1", "b": b"2"}, bundle) as spool:
        assert spool.read() == first


def test_everybody_may_read_and_nobody_owns(bundle: Path) -> None:
    members = listed({"app/x.py": b"x"}, bundle)
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members.values()} == {(0, 0, "", "", 0)}
    assert {oct(m.mode) for m in members.values() if m.isdir()} == {"0o755"}
    assert {oct(m.mode) for m in members.values() if m.isreg()} == {"0o644"}


def test_it_holds_the_files_the_server_and_the_model(bundle: Path) -> None:
    members = listed({"Dockerfile": b"FROM x", "app/x.py": b"x"}, bundle)
    wanted = {"Dockerfile", "app", "app/x.py", "model", "model/model.skops", "model/deep", "model/deep/x.json"}
    wanted |= {"server/mlspec/__init__.py", "server/mlspec/serving/__main__.py"}
    assert wanted <= members.keys()
    server = {name for name in members if name.startswith("server/mlspec/")} - {"server/mlspec/serving"}
    assert {name for name in server if not name.startswith("server/mlspec/serving/")} == {"server/mlspec/__init__.py"}
    assert not [name for name in members if "__pycache__" in name]
    assert members["model/model.skops"].size == 5


@pytest.mark.parametrize(
    ("ignore", "kept"),
    [
        ("", {"app/.env", "app/x.py", "notes.md"}),
        ("**/.env\n# notes.md\n\n*.md\n", {"app/x.py"}),
        ("*\n!app/x.py\n", {"app/x.py"}),
        ("app\n!app/x.py", {"app/x.py", "notes.md"}),
        ("Dockerfile\nserver\nmodel\n", {"app/.env", "app/x.py", "notes.md"}),
    ],
)
def test_dockerignore_counts_for_files_of_the_order(bundle: Path, ignore: str, kept: set[str]) -> None:
    files = dict.fromkeys(("Dockerfile", "app/.env", "app/x.py", "notes.md"), b"")
    members = listed(files | {".dockerignore": ignore.encode()}, bundle)
    assert {name for name in ("app/.env", "app/x.py", "notes.md") if name in members} == kept
    assert {"Dockerfile", "model/model.skops", "server/mlspec/__init__.py"} <= members.keys()


@pytest.mark.parametrize("path", ["", ".", "/etc/x", "../x", "a/../b", "a//b", "a/", "./a"])
def test_a_name_that_leads_elsewhere_is_refused(bundle: Path, path: str) -> None:
    with pytest.raises(MlspecError, match="can't be put into a build context"):
        pack({path: b""}, bundle)


@pytest.mark.parametrize("path", ["server/x.py", "model", "model/model.skops"])
def test_what_is_in_the_way_of_our_folders_is_refused(bundle: Path, path: str) -> None:
    with pytest.raises(MlspecError, match="is in the way of mlspec's own folder"):
        pack({path: b""}, bundle)


def test_a_file_that_is_also_a_folder_is_refused(bundle: Path) -> None:
    with pytest.raises(MlspecError, match="`app` is a file and a folder"):
        pack({"app": b"", "app/x.py": b""}, bundle)


def test_a_bundle_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="no model files"):
        pack({}, tmp_path)
