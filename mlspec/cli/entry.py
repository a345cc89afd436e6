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
    # A plan makes many objects and hardly any garbage, and looking for some is a fifth of its CPU time: a verb does
    # without, and the one that lasts (reconcile --watch) collects after every round.
    gc.disable()
    from mlspec.cli.run import run  # noqa: PLC0415 - `--version` must cost nothing

    sys.exit(run(arguments))
