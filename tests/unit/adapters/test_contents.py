"""What is at hand: git's objects, DVC's cache, the working tree; and nothing that is too large."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Git

from mlspec.adapters import contents
from mlspec.adapters.contents import LocalContents
from mlspec.adapters.git.reader import Reader

MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture
def here(repo: Path) -> LocalContents:
    return LocalContents(str(repo), Reader(str(repo)))


def test_gits_objects_are_read(here: LocalContents, git: Git) -> None:
    assert here.behind(f"git:{git('rev-parse', 'HEAD:README.md')}") == b"a project\n"
    assert here.behind(f"git:{'0' * 40}") is None
    assert here.behind("etag:abc") is None


@pytest.mark.parametrize("config", ["", "[cache]\n    dir = ../store\n"])
def test_dvcs_cache_is_read_where_its_settings_put_it(here: LocalContents, repo: Path, config: str) -> None:
    (repo / ".dvc").mkdir()
    (repo / ".dvc/config").write_text(config)
    place = repo / ("store" if config else ".dvc/cache") / "files/md5" / MD5[:2] / MD5[2:]
    assert here.behind(f"md5:{MD5}") is None
    place.parent.mkdir(parents=True)
    place.write_bytes(b"cached")
    assert here.behind(f"md5:{MD5}") == b"cached"


def test_a_file_as_a_commit_has_it(here: LocalContents, repo: Path, git: Git) -> None:
    (repo / "README.md").write_text("changed\n")
    assert here.code(git("rev-parse", "HEAD"), "README.md") == b"a project\n"
    assert here.code(git("rev-parse", "HEAD"), "nothing") is None
    assert here.code("0" * 40, "README.md") is None
    assert here.now("README.md") == b"changed\n"
    assert here.now("nothing") is None


def test_what_is_too_large_is_left(here: LocalContents, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "LARGEST", 5)
    assert here.behind(f"git:{git('rev-parse', 'HEAD:README.md')}") is None
    assert here.now("README.md") is None
