"""The steps' command line, `python -m mlspec.steps STEP PARAMS [--model DIR]`; imports only what the step needs."""

from __future__ import annotations

import argparse
import importlib
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from mlspec.errors import MlspecError
from mlspec.steps.files import json_text
from mlspec.steps.params import load_params

STEPS: Final = ("validate", "transform", "prepare", "train", "package", "export", "evaluate", "profile")
OF_A_MODEL: Final = ("score", "load", "parity", "cost")
"""Steps about the model in a folder, which is given; what they find goes to standard output."""


def main(argv: list[str]) -> int:
    """Run one step; 0 when it is done, 1 with plain lines on standard error when the user has something to mend."""
    parser = argparse.ArgumentParser(prog="python -m mlspec.steps", description="Run one step of a model's pipeline.")
    parser.add_argument("step", choices=(*STEPS, *OF_A_MODEL))
    parser.add_argument("params", type=Path, help="models/NAME/params.yaml")
    parser.add_argument("--model", type=Path, help=f"{', '.join(OF_A_MODEL)}: the folder of the model to judge")
    given = parser.parse_args(argv)
    if (given.step in OF_A_MODEL) != (given.model is not None):
        parser.error(f"--model goes with {', '.join(OF_A_MODEL)}, and these with --model")
    try:
        params = load_params(given.params)
        # scikit-learn takes seconds to import, so a step is imported once we know that it is wanted
        step = importlib.import_module(f"mlspec.steps.{given.step}")
        if given.model is None:
            step.run(params)
        else:
            with redirect_stdout(sys.stderr):  # what the user's own code prints is no part of the answer
                found = step.run(params, given.model)
            sys.stdout.write(json_text(found))
    except MlspecError as error:
        sys.stderr.write("\n".join((str(error), *(f"  {line}" for line in error.details))) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
