"""Building one environment: what the lock pins, and what mlspec's steps need besides."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from mlspec.adapters.environments.names import name_of, own_version
from mlspec.adapters.uv import run_uv
from mlspec.ports.environments import LockedEnvironment

_PINS = "pins.txt"


def build(root: str, folder: Path, wanted: LockedEnvironment, python: str) -> None:
    """Make the folder anew; MlspecError with uv's words, also where a package lacks one that it needs.

    The lock is installed as it is, and nothing is resolved: what it does not name is not there. Hashes are checked
    where it has some.
    """
    shutil.rmtree(folder, ignore_errors=True)
    doing = f"building the environment of {wanted.lock}"
    run_uv(root, "venv", "--python", python, str(folder), doing=doing)
    install = ["--python", str(folder / "bin" / "python")]
    hashes = ["--require-hashes"] * ("--hash=" in (Path(root) / wanted.lock).read_text())
    run_uv(root, "pip", "sync", "--allow-empty-requirements", *install, *hashes, wanted.lock, doing=doing)
    _complete(root, folder, wanted.needs, install)
    run_uv(root, "pip", "check", *install[:2], doing=f"checking that {wanted.lock} names all that its packages need")


def _complete(root: str, folder: Path, needs: Iterable[str], install: list[str]) -> None:
    """Add what the steps import and the lock leaves out, at mlspec's own versions; what is there stays as it is."""
    doing = "adding what mlspec's steps need"
    pinned = run_uv(root, "pip", "freeze", *install[:2], doing=doing)
    there = {name_of(line) for line in pinned.splitlines()}
    absent = [f"{name}=={own_version(name)}" for name in needs if name not in there]
    if absent:
        (folder / _PINS).write_text(pinned)
        run_uv(root, "pip", "install", *install, "--constraint", str(folder / _PINS), *absent, doing=doing)
