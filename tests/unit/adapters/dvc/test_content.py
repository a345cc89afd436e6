"""Copying by content: names that lead out, links, folders that appear whole."""

from __future__ import annotations

import io
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from mlspec.adapters.dvc.content import list_files, write_folder
from mlspec.domain.record import ArtefactFile
from mlspec.errors import IntegrityError, MlspecError


@pytest.fixture
def file(tmp_path: Path) -> ArtefactFile:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.bin").write_bytes(b"model")
    return list_files(tmp_path / "out")[0]


@pytest.mark.parametrize("path", ["../escaped", "/etc/escaped", "sub/../../escaped", "", "a\0b"])
def test_a_record_can_not_lead_out_of_the_folder(file: ArtefactFile, tmp_path: Path, path: str) -> None:
    with pytest.raises(IntegrityError):
        write_folder([replace(file, path=path)], tmp_path / "into", lambda _: nullcontext(io.BytesIO(b"model")))
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "into").exists()


def test_a_record_can_not_lead_out_of_the_cache(file: ArtefactFile, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        write_folder([replace(file, md5="../../secret")], tmp_path / "into", lambda _: nullcontext(io.BytesIO(b"")))


def test_a_failure_leaves_the_old_folder_and_nothing_else(file: ArtefactFile, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into/old").write_text("kept")
    with pytest.raises(IntegrityError):
        write_folder([file], tmp_path / "into", lambda _: nullcontext(io.BytesIO(b"madel")))
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["into", "out"]


@pytest.mark.parametrize("target", ["out/a.bin", "nowhere"])
def test_links_in_an_output_are_refused(file: ArtefactFile, tmp_path: Path, target: str) -> None:
    (tmp_path / "out/link").symlink_to(tmp_path / target)
    with pytest.raises(MlspecError, match="plain files"):
        list_files(tmp_path / "out")
