"""Running the command line: arguments in, an exit code out; the one place where errors are caught."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from mlspec.cli.app import app
from mlspec.cli.console import Console
from mlspec.errors import EXIT_DONE, EXIT_ERROR, EXIT_INTERRUPTED, MlspecError

_WITH_FILE = frozenset({"plan", "apply", "reconcile"})


def run(arguments: Sequence[str]) -> int:
    """The exit code of one call; nothing but an exit code ever leaves here."""
    console = Console()
    try:
        result = app(_with_json_file(arguments), standalone_mode=False, prog_name="mlspec")
        return result if isinstance(result, int) else EXIT_DONE
    except MlspecError as error:
        _debug()
        console.error(error)
        return error.exit_code
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        console.say("interrupted; run the same command again to go on")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (a pager, head) has gone; Python would complain once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception as error:  # noqa: BLE001 - the top of the program
        _debug()
        # typer keeps the class of its usage errors to itself; they are known by what they can say.
        if hasattr(error, "format_message"):
            console.usage(error.format_message(), getattr(error, "ctx", None))
        else:
            console.bug(error)
        return EXIT_ERROR


def _with_json_file(arguments: Sequence[str]) -> list[str]:
    """`--json` without a FILE means standard output, for the verbs whose `--json` takes one."""
    given = list(arguments)
    if not _WITH_FILE & set(given):
        return given
    for index, word in enumerate(given):
        following = given[index + 1] if index + 1 < len(given) else "-x"
        if word == "--json" and following.startswith("-") and following != "-":
            given[index] = "--json=-"
    return given


def _debug() -> None:
    if os.environ.get("MLSPEC_DEBUG"):
        traceback.print_exc()
