"""A clone of the repository at one commit, in a folder that goes away: nothing of it reaches the original."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mlspec.adapters.git.locate import Located
from mlspec.adapters.git.process import HOOK_VARIABLES
from mlspec.errors import MlspecError

_QUIET: Final = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
_SETTINGS: Final = """\
[core]
    site_cache_dir = {folder}/.dvc/site
    analytics = false
    check_update = false
[cache]
    dir = {folder}/.dvc/cache
    type = copy
"""
"""DVC's own cache, so that it neither believes nor changes the one that others share."""


@contextmanager
def sandbox(place: Located, commit: str) -> Iterator[str]:
    """The project's folder in the clone. MlspecError where the commit is not here.

    Paths of PYTHONPATH that lead into the repository lead into the clone meanwhile.
    """
    with TemporaryDirectory(prefix="mlspec-sandbox-") as folder:
        top = str(Path(folder).resolve() / Path(place.top).name)
        _git("clone", "--quiet", "--shared", "--no-checkout", "--template=", place.top, top)
        _git("-C", top, "checkout", "--quiet", "--detach", commit)
        root = Path(top, place.folder.name)
        if (root / ".dvc").is_dir():
            (root / ".dvc" / "config.local").write_text(_SETTINGS.format(folder=root))
        with _path_within(place.top, top):
            yield str(root)


def _git(*args: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    done = subprocess.run(
        ["git", *_QUIET, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environ, check=False
    )
    if done.returncode:
        lines = tuple(done.stderr.strip().splitlines()[-5:])
        raise MlspecError("the version's commit can't be checked out", hint="git fetch --unshallow", details=lines)


@contextmanager
def _path_within(root: str, top: str) -> Iterator[None]:
    before = os.environ.get("PYTHONPATH")
    if before is None:
        yield
        return
    paths = [Path(path).absolute() for path in before.split(os.pathsep) if path]
    inside = [top / path.relative_to(root) if path.is_relative_to(root) else path for path in paths]
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, inside))
    try:
        yield
    finally:
        os.environ["PYTHONPATH"] = before
