"""Values of the variables that `serving.env` names: of mlspec's own environment, else of the environment's file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlspec.domain.actual import Place
from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError


def environ(place: Place, serve: Mapping[str, JSON], root: Path) -> dict[str, str]:
    """Name → value; MlspecError, which names the variables and the fields, where some have no value."""
    named = serve.get("env") or ()
    names = [str(name) for name in named] if isinstance(named, (list, tuple)) else []
    path = str(serve.get("environment.env_file") or "")
    known = _read(root / path, place) if names and path else {}
    known |= {name: os.environ[name] for name in names if name in os.environ}
    if missing := [name for name in names if name not in known]:
        field = f"environments.{place.environment}.env_file"
        raise MlspecError(
            f"{place}: no value for {', '.join(missing)}, named by serving.env",
            hint=f"set it where mlspec runs, or write {missing[0]}=… into " + (path or f"a file that {field} names"),
        )
    return {name: known[name] for name in names}


def _read(path: Path, place: Place) -> dict[str, str]:
    """`KEY=VALUE` lines as `docker run --env-file` reads them: no quotes, no expansion."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        field = f"environments.{place.environment}.env_file"
        raise MlspecError(f"{field}: cannot read {path}: {reason}", hint="lines of KEY=VALUE; git ignores it") from None
    pairs = (line.strip().partition("=") for line in lines if line.strip() and not line.strip().startswith("#"))
    return {name.strip(): value for name, equals, value in pairs if equals}
