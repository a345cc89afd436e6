"""uv, which makes environments, resolves and installs; its complaints in our words."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

from uv import find_uv_bin

from mlspec.errors import MlspecError

_PIP: Final = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}
"""pip's variables and uv's for the same; those of uv go first."""

_FIRST: Final = 8
_LAST: Final = 12
"""Lines of what uv says that are shown; between them there may be a hundred hashes."""


def run_uv(root: str, *args: str, doing: str, text: str = "") -> str:
    """uv's standard output, started at `root`; MlspecError that says what it was `doing` and ends with its own words.

    An index of one's own is configured as for uv (`UV_DEFAULT_INDEX`, `uv.toml`), or by pip's variables.
    """
    argv = [_binary(), *args, "--quiet", "--no-progress"]
    done = subprocess.run(
        argv, cwd=root, input=text, capture_output=True, text=True, env=_variables(os.environ), check=False
    )
    if done.returncode:
        lines = tuple(line for line in done.stderr.strip().splitlines() if line.strip())
        hint = "an index of your own is named by UV_DEFAULT_INDEX or uv.toml; uv does not read pip.conf"
        raise MlspecError(f"{doing} failed", hint=hint, details=_shortened(lines))
    return done.stdout


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= _FIRST + _LAST:
        return lines
    return (*lines[:_FIRST], "…", *lines[-_LAST:])


def _binary() -> str:
    """uv's own program, as its package has it; else one on the path."""
    try:
        return str(find_uv_bin())
    except FileNotFoundError:
        found = shutil.which("uv")
    if found is None:
        raise MlspecError("uv, which builds environments, is not installed", hint="pip install uv")
    return found


def _variables(given: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what would lead uv to another environment than the one that it is told."""
    theirs = {uv: given[pip] for pip, uv in _PIP.items() if pip in given and uv not in given}
    mine = {name: value for name, value in given.items() if name not in {"VIRTUAL_ENV", "UV_SYSTEM_PYTHON"}}
    # Compiled once: hundreds of short processes will import what is installed.
    return {"UV_COMPILE_BYTECODE": "1", **mine, **theirs, "NO_COLOR": "1"}
