"""Folders and locks of places."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlspec.adapters.process.folder import ProjectFolder, default_root
from mlspec.domain.actual import Place
from mlspec.errors import LockHeld, MlspecError

PLACE = Place("production", "wine")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "a\0", "a\n", "é", "x" * 200, "-rf"])
def test_no_name_leads_out_of_the_root(tmp_path: Path, name: str) -> None:
    with pytest.raises(MlspecError):
        ProjectFolder.of(tmp_path, name)
    project = ProjectFolder.of(tmp_path, "shop")
    for place in (Place(name, "wine"), Place("production", name)):
        with pytest.raises(MlspecError):
            project.place(place)


def test_folders_are_private(tmp_path: Path) -> None:
    folder = ProjectFolder.of(tmp_path / "state", "shop").place(PLACE)
    with folder.locked(0):
        pass
    for path in (folder.path, folder.path.parent, folder.path.parent.parent, tmp_path / "state"):
        assert path.stat().st_mode & 0o777 == 0o700


def test_one_at_a_time(tmp_path: Path) -> None:
    folder = ProjectFolder.of(tmp_path, "shop").place(PLACE)
    with folder.locked(0), pytest.raises(LockHeld, match="wine in production"), folder.locked(0.05):
        raise AssertionError("both hold it")
    with folder.locked(0):
        pass


def test_the_lock_is_not_inherited(tmp_path: Path) -> None:
    folder = ProjectFolder.of(tmp_path, "shop").place(PLACE)
    with folder.locked(0):
        child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        with folder.locked(60):  # the kernel lets the parent go on just before it closes the child's files
            pass
    finally:
        child.communicate(b"\n")


def test_who_waited_for_a_folder_that_was_removed_locks_the_new_one(tmp_path: Path) -> None:
    folder = ProjectFolder.of(tmp_path, "shop").place(PLACE)
    entered = threading.Event()

    def wait() -> None:
        with folder.locked(60):
            entered.set()
            assert (folder.path / "lock").exists()

    with folder.locked(0):
        thread = threading.Thread(target=wait)
        thread.start()
        folder.remove(60)
    thread.join()
    assert entered.is_set()


def test_places_are_folders_with_fitting_names(tmp_path: Path) -> None:
    for name in ("production/wine", "staging/iris", "staging/.tmp"):
        (tmp_path / "shop" / name).mkdir(parents=True)
    (tmp_path / "shop" / "file").write_text("")
    (tmp_path / "shop" / "staging" / "link").symlink_to("/")
    found = {place for place, _ in ProjectFolder.of(tmp_path, "shop").places()}
    assert found == {Place("production", "wine"), Place("staging", "iris")}
    assert not list(ProjectFolder.of(tmp_path, "other").places())


def test_the_root_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSPEC_RUNTIME_DIR", "/r")
    assert default_root() == Path("/r")
    monkeypatch.delenv("MLSPEC_RUNTIME_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert default_root() == Path("/s/mlspec")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert default_root() == Path(os.environ["HOME"]) / ".local/state/mlspec"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("owned", ["shop", "shop/production", "shop/production/wine"])
def test_a_folder_of_someone_else_is_refused(tmp_path: Path, owned: str) -> None:
    folder = ProjectFolder.of(tmp_path, "shop").place(PLACE)
    folder.path.mkdir(parents=True)
    os.chown(tmp_path / owned, 12345, 12345)
    with pytest.raises(MlspecError, match="another user"), folder.locked(0):
        pass
