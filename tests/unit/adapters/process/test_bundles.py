"""The runtime's copies of model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.adapters.process import bundles
from mlspec.errors import MlspecError

ARTEFACT = "sha256:" + "ab" * 32


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "signature.json").write_text("{}")
    cached = tmp_path / "cached"
    cached.write_bytes(b"weights")
    (folder / "model.skops").symlink_to(cached)
    return folder


def test_a_copy_outlives_its_source(source: Path, tmp_path: Path) -> None:
    kept = bundles.keep(source, tmp_path / "bundles", ARTEFACT)
    (source / "model.skops").resolve().unlink()
    assert kept.name == "ab" * 8
    assert (kept / "model.skops").read_bytes() == b"weights"
    assert not (kept / "model.skops").is_symlink()
    assert (kept / "sub" / "signature.json").read_text() == "{}"
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == [kept.name]


def test_an_equal_copy_is_used_again_and_a_changed_one_is_not(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    kept = bundles.keep(source, folder, ARTEFACT)
    inode = (kept / "model.skops").stat().st_ino
    assert bundles.keep(source, folder, ARTEFACT) == kept
    assert (kept / "model.skops").stat().st_ino == inode
    (kept / "model.skops").chmod(0o600)
    (kept / "model.skops").write_bytes(b"weightz")
    assert bundles.keep(source, folder, ARTEFACT) == kept
    assert (kept / "model.skops").read_bytes() == b"weights"


def test_pruning_keeps_what_runs(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    kept = bundles.keep(source, folder, ARTEFACT)
    bundles.keep(source, folder, "sha256:" + "cd" * 32)
    (folder / ".new-left").mkdir()
    bundles.prune(folder, ARTEFACT)
    assert list(folder.iterdir()) == [kept]
    bundles.prune(folder, "")
    assert not list(folder.iterdir())
    bundles.prune(tmp_path / "none", "")


def test_a_digest_never_names_a_path(source: Path, tmp_path: Path) -> None:
    with pytest.raises(MlspecError):
        bundles.keep(source, tmp_path / "bundles", "../../x")


def test_an_empty_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MlspecError, match="no model files"):
        bundles.keep(tmp_path / "empty", tmp_path / "bundles", ARTEFACT)


def test_the_content_is_that_of_all_files_and_their_paths(source: Path, tmp_path: Path) -> None:
    kept = bundles.keep(source, tmp_path / "bundles", ARTEFACT)
    before = bundles.content(kept)
    assert before == bundles.content(source)
    (kept / "model.skops").chmod(0o600)
    (kept / "model.skops").write_bytes(b"weightz")
    assert bundles.content(kept) != before
    (kept / "model.skops").write_bytes(b"weights")
    assert bundles.content(kept) == before
    (kept / "model.skops").rename(kept / "other.skops")
    assert bundles.content(kept) != before
