"""What the transform step leaves for others: where it lies, and which raw columns it was made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from mlspec.steps.signature import Input, input_from_json

FOLDER: Final = "features"
TABLE: Final = "table.csv"
INPUTS: Final = "inputs.json"


def read_inputs(folder: Path) -> tuple[Input, ...]:
    """The raw columns that a function takes, as the step found them."""
    raw = json.loads((folder / FOLDER / INPUTS).read_bytes())
    return tuple(map(input_from_json, raw["inputs"]))
