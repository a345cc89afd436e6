"""Values of environment variables that the spec only names: from where mlspec runs, else from a file beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlspec.errors import MlspecError


def values(names: Sequence[str], root: Path, file: str) -> dict[str, str]:
    """Name → value; MlspecError, naming them, where some are nowhere."""
    written = dict(_lines(root / file)) if file and names else {}
    found = {name: value for name in names if (value := os.environ.get(name, written.get(name))) is not None}
    if absent := [name for name in names if name not in found]:
        where = f"the environment or {file}" if file else "the environment of mlspec (there is no env_file)"
        raise MlspecError(f"{', '.join(absent)}: not in {where}", hint="serving.env names what a model's server needs")
    return found


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise MlspecError(f"can't read the env_file {path}: {problem.strerror}") from problem
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            yield name.strip(), value
