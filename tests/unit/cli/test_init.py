"""`mlspec init` in a repository that exists already."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlspec.cli.verbs.init import run
from mlspec.errors import MlspecError


def git(folder: Path, *args: str) -> str:
    """Run git, and give what it says."""
    return subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A repository with a .gitignore that does not end with a line end, and something that is staged."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_bytes(b"build/\n*.log")
    (tmp_path / "README.md").write_text("ours\n")
    git(tmp_path, "add", ".gitignore")
    git(tmp_path, "commit", "--quiet", "-m", "old")
    git(tmp_path, "add", "README.md")
    return tmp_path


def test_its_gitignore_keeps_its_lines_and_gets_ours(old: Path) -> None:
    run(directory=old, example="")
    lines = (old / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["build/", "*.log"]
    assert {"/.mlspec/", "__pycache__/"} <= set(lines)
    assert git(old, "status", "--porcelain") == "A  README.md\n"


def test_a_gitignore_that_has_our_lines_stays_as_it_is(old: Path) -> None:
    (old / ".gitignore").write_text("/.mlspec/\n__pycache__/\n")
    git(old, "commit", "--quiet", "-am", "ignored")
    run(directory=old, example="")
    assert (old / ".gitignore").read_text() == "/.mlspec/\n__pycache__/\n"


def test_other_files_are_never_overwritten(old: Path) -> None:
    (old / "specs").mkdir()
    (old / "specs/project.yaml").write_text("mine\n")
    with pytest.raises(MlspecError, match="exist already") as error:
        run(directory=old, example="")
    assert error.value.details == ("specs/project.yaml",)
    assert (old / ".gitignore").read_bytes() == b"build/\n*.log"


def test_a_gitignore_that_is_a_link_is_refused(old: Path, tmp_path: Path) -> None:
    (old / ".gitignore").unlink()
    (tmp_path / "elsewhere").write_text("x\n")
    (old / ".gitignore").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MlspecError, match="exist already"):
        run(directory=old, example="")


def test_generated_files_keep_their_line_ends_and_are_folded_in_reviews(old: Path) -> None:
    (old / ".gitattributes").write_text("*.png binary\n")
    git(old, "add", ".gitattributes")
    git(old, "commit", "--quiet", "-m", "attributes")
    run(directory=old, example="")
    assert (old / ".gitattributes").read_text().startswith("*.png binary\n# ")
    paths = [".github/workflows/mlspec-plan.yml", "models/wine/dvc.yaml", "src/train.py"]
    found = git(old, "check-attr", "eol", "linguist-generated", "--", *paths).splitlines()
    assert [line.rpartition(": ")[2] for line in found] == ["lf", "true", "lf", "true", "unspecified", "unspecified"]
