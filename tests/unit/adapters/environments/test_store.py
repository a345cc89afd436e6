"""Environments of locks: whole or not there, built once, shared, and not too many of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from fakes.wheelhouse import closure, own_wheel, thin, whole

from mlspec.adapters.environments.store import LocalEnvironments
from mlspec.domain.needs import STEPS
from mlspec.errors import MlspecError
from mlspec.ports.environments import LockedEnvironment

NEEDS = ("numpy", "skops")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and an index that has three releases of `shopkit`."""
    wheels = thin(tmp_path / "wheels", NEEDS)
    for version in ("1.0", "1.1", "2.0"):
        own_wheel(wheels, "shopkit", version, {"shopkit.py": f"VERSION = {version}\n"})
    own_wheel(wheels, "needy", "1.0", {"needy.py": ""}, requires=["shopkit>=2"])
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def lock(root: Path, *lines: str, name: str = "requirements.lock") -> LockedEnvironment:
    """A lock's environment."""
    (root / name).write_text("".join(f"{line}\n" for line in lines))
    return LockedEnvironment("", name, NEEDS)


def run(environ: dict[str, str], code: str) -> str:
    """What Python prints in an environment."""
    python = f"{environ['PATH']}/python"
    return subprocess.check_output([python, "-c", code], text=True, env={**os.environ, **environ}).strip()


def end(store: LocalEnvironments) -> None:
    """As when its process ends."""
    for handle in store._used.values():
        os.close(handle)


def folders(root: Path) -> set[str]:
    """The environments that are there."""
    return {path.parent.name for path in (root / ".mlspec" / "env").glob("*/whole.mlspec")}


def test_what_the_lock_pins_and_the_steps_need_is_there(root: Path) -> None:
    environ = dict(LocalEnvironments(str(root)).provide(lock(root, "shopkit==1.0")))
    assert run(environ, "import shopkit, numpy, skops; print(shopkit.VERSION)") == "1.0"
    assert run(environ, "import sys, mlspec.steps.files; print(sys.prefix)") == environ["VIRTUAL_ENV"]


def test_it_is_built_once(root: Path) -> None:
    wanted = lock(root, "shopkit==1.0")
    environ = LocalEnvironments(str(root)).provide(wanted)
    mark = Path(environ["VIRTUAL_ENV"]) / "mark"
    mark.touch()
    assert LocalEnvironments(str(root)).provide(wanted) == environ
    assert mark.exists()
    assert LocalEnvironments(str(root)).provide(lock(root, "shopkit==1.1")) != environ


def test_what_an_interrupted_build_left_is_built_anew(root: Path) -> None:
    wanted = lock(root, "shopkit==1.0")
    store = LocalEnvironments(str(root))
    folder = Path(store.provide(wanted)["VIRTUAL_ENV"])
    (folder / "whole.mlspec").unlink()
    (folder / "bin" / "python").unlink()
    end(store)
    environ = LocalEnvironments(str(root)).provide(wanted)
    assert run(dict(environ), "import shopkit; print(shopkit.VERSION)") == "1.0"


BUILD = """
import os, sys
from mlspec.adapters.environments.store import LocalEnvironments
from mlspec.ports.environments import LockedEnvironment
environ = LocalEnvironments(sys.argv[1]).provide(LockedEnvironment("", "requirements.lock", ("numpy", "skops")))
print(environ["VIRTUAL_ENV"], os.stat(environ["VIRTUAL_ENV"]).st_ino)
"""


def test_two_at_once_get_one_environment(root: Path) -> None:
    lock(root, "shopkit==1.0")
    argv = [sys.executable, "-c", BUILD, str(root)]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1] != ""


def test_only_the_latest_stay_and_those_in_use(root: Path) -> None:
    used = LocalEnvironments(str(root), keep=1)
    mine = Path(used.provide(lock(root, "shopkit==1.0"))["VIRTUAL_ENV"]).name
    os.utime(root / ".mlspec" / "env" / mine / "whole.mlspec", (0, 0))
    for number, version in enumerate(("1.1", "2.0"), start=1):
        other = LocalEnvironments(str(root), keep=1)
        last = Path(other.provide(lock(root, f"shopkit=={version}"))["VIRTUAL_ENV"])
        os.utime(last / "whole.mlspec", (number, number))
        end(other)
    LocalEnvironments(str(root), keep=1).provide(lock(root, "needy==1.0", "shopkit==2.0"))
    assert mine in folders(root), "used longest ago, but it is in use"
    assert len(folders(root)) == 3, "the newest, the one that stays besides, and the one in use"


def test_a_death_while_old_ones_are_removed_leaves_none_that_counts_as_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = lock(root, "shopkit==1.0")
    store = LocalEnvironments(str(root))
    old = Path(store.provide(wanted)["VIRTUAL_ENV"])
    end(store)

    remove = shutil.rmtree

    def killed(folder: Path, **options: Any) -> None:
        if folder != old:
            return remove(folder, **options)
        (folder / "bin" / "python").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            LocalEnvironments(str(root), keep=0).provide(lock(root, "shopkit==1.1"))
    assert old.name not in folders(root)
    environ = LocalEnvironments(str(root)).provide(lock(root, "shopkit==1.0"))
    assert run(dict(environ), "import shopkit; print(shopkit.VERSION)") == "1.0"


def test_a_wrong_hash_is_refused(root: Path) -> None:
    with pytest.raises(MlspecError, match=r"building the environment of requirements.lock failed") as caught:
        LocalEnvironments(str(root)).provide(lock(root, f"shopkit==1.0 --hash=sha256:{'0' * 64}"))
    assert any("ash mismatch" in line for line in caught.value.details)
    assert folders(root) == set()


def test_a_lock_that_leaves_out_what_its_packages_need_is_not_whole(root: Path) -> None:
    with pytest.raises(MlspecError, match="names all that its packages need") as caught:
        LocalEnvironments(str(root)).provide(lock(root, "needy==1.0"))
    assert any("shopkit" in line for line in caught.value.details)


def test_a_release_that_no_index_has(root: Path) -> None:
    with pytest.raises(MlspecError) as caught:
        LocalEnvironments(str(root)).provide(lock(root, "shopkit==7.0"))
    assert "UV_DEFAULT_INDEX" in caught.value.hint
    assert any("shopkit==7.0" in line for line in caught.value.details)


def test_a_python_that_the_steps_can_not_run_on(root: Path) -> None:
    lock(root, "shopkit==1.0")
    with pytest.raises(MlspecError, match=r"need Python 3.11 or newer, and the spec asks for 3.9"):
        LocalEnvironments(str(root)).provide(LockedEnvironment("3.9", "requirements.lock", NEEDS))


IMPORT = """
import importlib, importlib.util, pkgutil
import mlspec.steps
for module in pkgutil.iter_modules(mlspec.steps.__path__):
    if module.name not in {"cost", "load", "parity", "served"}:  # they measure the server, where that runs
        importlib.import_module(f"mlspec.steps.{module.name}")
print([name for name in ("dvc", "git", "starlette", "typer", "jinja2") if importlib.util.find_spec(name)])
"""


@pytest.mark.slow
def test_the_steps_run_without_mlspecs_own_packages(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real wheels of all that the steps need, and of nothing else that mlspec has."""
    wheels = whole(root.parent / "whole", STEPS)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_COMPILE_BYTECODE", "0")
    pins = [f"{name}=={metadata.version(name)}" for name in sorted(closure(STEPS))]
    wanted = replace(lock(root, *pins), needs=STEPS)
    assert run(dict(LocalEnvironments(str(root)).provide(wanted)), IMPORT) == "[]"
