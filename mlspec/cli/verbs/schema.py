"""`mlspec schema`: a kind's JSON Schema."""

from __future__ import annotations

import json

from mlspec.cli.console import console
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.spec.schema import json_schema


def run(*, kind: str) -> int:
    """Print the schema of Model or Project."""
    names = {name.lower(): name for name in ("Model", "Project")}
    if kind.lower() not in names:
        raise MlspecError(f"there is no kind `{kind}`", hint="Model or Project")
    console.out(json.dumps(json_schema(names[kind.lower()]), indent=2, ensure_ascii=False))
    return EXIT_DONE
