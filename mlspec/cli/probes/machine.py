"""Probes of the machine: programs, and the folder of what runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from mlspec.adapters.dvc.examine import installed_version
from mlspec.adapters.git.process import output
from mlspec.adapters.process.folder import default_root
from mlspec.cli.probes.guard import guarded
from mlspec.reconciler.checkup import runtime, tools
from mlspec.reconciler.checkup.check import Check


def machine() -> Iterator[Check]:
    """What does not depend on a project."""
    yield from guarded("python", lambda: tools.python(sys.version_info[:3]))
    yield from guarded("git", lambda: tools.git(output(".", "--version").decode().strip()))
    yield from guarded("dvc", lambda: tools.dvc(installed_version()))
    yield from guarded("runtime", _runtime)


def _runtime() -> Check:
    root = default_root()
    return runtime.folder(str(root), writable=_writable(root))


def _writable(path: Path) -> bool:
    """Whether a folder takes files, or can be made where it is not there yet."""
    found = next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
    return found.is_dir() and os.access(found, os.W_OK | os.X_OK)
