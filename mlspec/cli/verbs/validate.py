"""`mlspec validate`: all problems of all specs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_DONE, EXIT_ERROR


def run(*, as_json: bool) -> int:
    """Print the problems; exit 1 where there are any."""
    ports = RealPorts(Path.cwd())
    loaded = ports.specs.load(ports.git.snapshot().blobs)
    if as_json:
        problems = [asdict(problem) for problem in loaded.problems]
        console.out(json.dumps({"format": 1, "problems": problems}, indent=2, ensure_ascii=False))
        return EXIT_ERROR if problems else EXIT_DONE
    for problem in loaded.problems:
        console.out(str(problem))
    if loaded.problems:
        count = len(loaded.problems)
        console.say(f"{count} problem{'s' if count > 1 else ''}")
        return EXIT_ERROR
    names = ", ".join(model.spec.name for model in loaded.models[:10])
    more = f" and {len(loaded.models) - 10} more" if len(loaded.models) > 10 else ""
    console.out(f"All specs are valid: {names}{more}.")
    return EXIT_DONE
