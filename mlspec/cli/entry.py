"""The program's entry: answers `--version` before anything is imported, and turns errors into exit codes."""

from __future__ import annotations

import gc
import sys

from mlspec import __version__


def main() -> None:
    """Run mlspec on the process's arguments; never returns."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"mlspec {__version__}\n")
        sys.exit(0)
    # A plan makes many objects and hardly any garbage: looking for some every 700 objects is a fifth of its CPU time.
    gc.set_threshold(200_000)
    from mlspec.cli.run import run  # noqa: PLC0415 - `--version` must cost nothing

    sys.exit(run(arguments))
