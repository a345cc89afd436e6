"""The score step: another version's model on this model's test rows, as JSON on standard output."""

from __future__ import annotations

import sys
from pathlib import Path

from mlspec.steps.evaluate import compare
from mlspec.steps.files import json_text
from mlspec.steps.params import Params


def run(params: Params, folder: Path) -> None:
    """Write {metric: value}; MlspecError where the model can't be scored on these rows."""
    sys.stdout.write(json_text(compare(params, folder)))
