"""Metrics that a command of the user's own measures: it is told where the model is, and writes what it found."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from mlspec.errors import MlspecError
from mlspec.steps.params import Params
from mlspec.steps.records import did_you_mean

_LONGEST: Final = 60
"""so many characters of a wrong value are shown"""


def measure_by_command(params: Params, folder: Path) -> dict[str, float]:
    """Run `evaluation.command` on a model's folder; MlspecError where it fails or lacks a metric."""
    with TemporaryDirectory(prefix="mlspec-metrics-") as place:
        file = Path(place, "metrics.json")
        _run(params, folder, file)
        found = _read(file)
    wanted = params.evaluation.metrics
    if more := [name for name in found if name not in wanted]:
        sys.stderr.write(f"note: evaluation.metrics does not name {', '.join(more)}, which is left out\n")
    return {name: _value(name, found) for name in wanted}


def _run(params: Params, folder: Path, file: Path) -> None:
    told = {"MODEL_DIR": folder, "PREPARED_DIR": params.folder / "prepared", "METRICS_FILE": file}
    environ = os.environ | {name: str(path.absolute()) for name, path in told.items()}
    # the user's own shell, as for training.command; what it says goes to the log, as our output is a document
    done = subprocess.run(params.evaluation.command or "", shell=True, env=environ, stdout=2, check=False)  # noqa: S602
    if done.returncode:
        raise MlspecError(f"evaluation.command failed with exit code {done.returncode}")


def _read(file: Path) -> dict[str, Any]:
    hint = 'write a JSON object such as {"perplexity": 12.5} to the file that $METRICS_FILE names'
    try:
        found = json.loads(file.read_bytes())
    except OSError:
        raise MlspecError("evaluation.command did not write its metrics", hint=hint) from None
    except ValueError as error:
        raise MlspecError(f"evaluation.command did not write JSON: {error}", hint=hint) from error
    if not isinstance(found, dict):
        raise MlspecError("evaluation.command did not write a JSON object", hint=hint)
    return found


def _value(name: str, found: dict[str, Any]) -> float:
    if name not in found:
        raise MlspecError(f"evaluation.command did not measure {name}", hint=did_you_mean(name, found))
    value = found[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(number := _float(value)):
        told = json.dumps(value)
        told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
        raise MlspecError(f"evaluation.command: {name} is {told}, which is no finite number")
    return number


def _float(value: float) -> float:
    """JSON's whole numbers have no limit, a float's do."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
