"""A git repository becomes a DVC repository once, quietly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.adapters.dvc.setup import init
from mlspec.errors import MlspecError


def test_init_returns_exactly_what_is_to_be_committed(
    repo: Path, git: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    files = init(repo)
    git("add", *files)
    git("commit", "--quiet", "--message=dvc", "--", *files)
    assert git("status", "--porcelain") == ""
    assert "analytics = False" in (repo / ".dvc/config").read_text()
    assert capfd.readouterr() == ("", "")


def test_init_leaves_what_is_there(repo: Path) -> None:
    init(repo)
    (repo / ".dvc/config").write_text("[core]\n    remote = mine\n")
    assert init(repo) == ()
    assert "mine" in (repo / ".dvc/config").read_text()


def test_init_wants_the_top_of_a_git_repository(tmp_path: Path) -> None:
    with pytest.raises(MlspecError, match="not tracked"):
        init(tmp_path)


def test_a_folder_without_dvc_says_so(repo: Path) -> None:
    with pytest.raises(MlspecError, match="mlspec init"):
        DvcPipeline(repo).check_clean("dvc.yaml")
