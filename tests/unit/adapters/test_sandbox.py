"""The sandbox: one commit, in a folder that goes away, from which nothing reaches the original."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.git.locate import Located
from mlspec.adapters.sandbox import sandbox
from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError

Git = Callable[..., str]


def place(repo: Path, folder: str = "") -> Located:
    return Located(str(repo), Folder(folder))


def commit(repo: Path, git: Git, **files: str) -> str:
    for name, text in files.items():
        path = repo / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", "more")
    return git("rev-parse", "HEAD").strip()


def test_it_is_the_commit_and_not_the_working_tree_and_goes_away(repo: Path, git: Git) -> None:
    first = commit(repo, git, fit="1")
    commit(repo, git, fit="2")
    (repo / "fit").write_text("3")
    with sandbox(place(repo), first) as root:
        assert Path(root, "fit").read_text() == "1"
        assert Path(root).name == repo.name
        Path(root, "fit").write_text("4")
        Path(root, "new").write_text("5")
    assert not Path(root).exists()
    assert ((repo / "fit").read_text(), (repo / "new").exists()) == ("3", False)


def test_dvc_has_a_cache_of_its_own(repo: Path, git: Git) -> None:
    at = commit(repo, git, **{".dvc__config": "[cache]\n    dir = /shared/by/all\n"})
    with sandbox(place(repo), at) as root:
        local = Path(root, ".dvc/config.local").read_text()
        assert f"dir = {root}/.dvc/cache" in local
    assert not (repo / ".dvc/config.local").exists()


def test_a_project_in_a_folder_of_its_repository(repo: Path, git: Git) -> None:
    at = commit(repo, git, services__shop__fit="1", other="2")
    with sandbox(place(repo, "services/shop"), at) as root:
        assert Path(root, "fit").read_text() == "1"
        assert Path(root).parts[-3:] == (repo.name, "services", "shop")


def test_imports_come_from_the_clone_meanwhile(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    at = commit(repo, git, src__a="1")
    before = os.pathsep.join([str(repo / "src"), "/usr/share/else"])
    monkeypatch.setenv("PYTHONPATH", before)
    with sandbox(place(repo), at) as root:
        assert os.environ["PYTHONPATH"].split(os.pathsep) == [f"{root}/src", "/usr/share/else"]
    assert os.environ["PYTHONPATH"] == before
    with pytest.raises(RuntimeError), sandbox(place(repo), at):
        raise RuntimeError
    assert os.environ["PYTHONPATH"] == before


def test_hooks_are_not_run(repo: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = commit(repo, git, fit="1")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "post-checkout").chmod(0o755)
    for name, value in (("COUNT", "1"), ("KEY_0", "core.hooksPath"), ("VALUE_0", str(hooks))):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    git("checkout", "--quiet", "--detach")
    (tmp_path / "ran").unlink()  # it would run
    with sandbox(place(repo), at):
        pass
    assert not (tmp_path / "ran").exists()


def test_a_commit_that_is_not_here(repo: Path) -> None:
    with pytest.raises(MlspecError, match="can't be checked out") as caught, sandbox(place(repo), "f" * 40):
        pass
    assert caught.value.hint == "git fetch --unshallow"
