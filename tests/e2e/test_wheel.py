"""The wheel, built and installed as a user gets it: hashed locks, a fresh environment, no source tree in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mlspec

ROOT = Path(__file__).parent.parent.parent


def call(folder: Path, *argv: str | Path) -> str:
    """The output of a command; AssertionError with all it said when it fails."""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    call(ROOT, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a fresh environment with the wheel and its locked dependencies."""
    venv = tmp_path_factory.mktemp("fresh") / "venv"
    uv = Path(sys.executable).with_name("uv")
    python = venv / "bin/python"
    call(ROOT, uv, "venv", "--quiet", "--python", sys.executable, venv)
    lock = ROOT / "requirements/run.lock"
    call(ROOT, uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)
    call(ROOT, uv, "pip", "install", "--quiet", "--no-deps", "--offline", "--python", python, wheel)
    return venv / "bin"


def test_the_wheel_holds_every_module_and_every_template(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "mlspec").rglob("*.py")}
    templates = {
        f"mlspec/_templates/{path.relative_to(ROOT / 'templates')}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert templates
    assert modules | templates | {"mlspec/py.typed"} <= inside


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"mlspec", f"mlspec-{mlspec.__version__}.dist-info"}


@pytest.mark.slow
def test_the_wheel_makes_and_compiles_a_project(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{installed}{os.pathsep}{os.environ['PATH']}")
    assert call(tmp_path, installed / "mlspec", "--version").split()[-1] == mlspec.__version__
    call(tmp_path, installed / "mlspec", "init", "--example", "wine", "shop")
    call(tmp_path / "shop", installed / "mlspec", "compile", "--check")
    where = call(tmp_path, installed / "python", "-c", "import mlspec; print(mlspec.__file__)")
    assert Path(where.strip()).is_relative_to(installed.parent)
