"""Files that a step writes: JSON with one spelling, so that the same values give the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

from mlspec.domain.digest import JSON


def json_text(value: JSON) -> str:
    """Sorted keys, two blanks deep, a newline at the end; ValueError for NaN."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: JSON) -> None:
    """Write a JSON file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json_text(value).encode())
