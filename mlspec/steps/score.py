"""The score step: another version's model on this model's test rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlspec.steps.evaluate import compare
from mlspec.steps.params import Params


def run(params: Params, folder: Path) -> dict[str, Any]:
    """{metric: value}; MlspecError where the model can't be scored on these rows."""
    return compare(params, folder)
