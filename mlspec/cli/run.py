"""Running the command line: arguments in, an exit code out; the one place where errors are caught."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence

import typer

from mlspec.cli.app import app
from mlspec.cli.console import Console
from mlspec.cli.signals import interruptible
from mlspec.errors import EXIT_DONE, EXIT_ERROR, EXIT_INTERRUPTED, MlspecError

_WITH_FILE = frozenset({"plan", "apply", "reconcile"})


def run(arguments: Sequence[str]) -> int:
    """The exit code of one call; nothing but an exit code ever leaves here."""
    console = Console()
    try:
        with interruptible():
            result = app(_with_json_file(arguments), standalone_mode=False, prog_name="mlspec")
        return _ended(result)
    except MlspecError as error:
        _debug()
        console.error(error)
        return error.exit_code
    except typer.Exit as error:
        return _ended(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _ended(EXIT_INTERRUPTED)
    except OSError as error:
        _debug()
        console.error(_refused_by_system(error))
        return EXIT_ERROR
    except Exception as error:  # noqa: BLE001 - the top of the program
        _debug()
        # typer keeps the class of its usage errors to itself; they are known by what they can say.
        if type(error).__name__ == "NoArgsIsHelpError":
            console.say(error.format_message())  # type: ignore[attr-defined]
        elif hasattr(error, "format_message"):
            console.usage(error.format_message(), getattr(error, "ctx", None))
        else:
            console.bug(error)
        return EXIT_ERROR


def _ended(result: object) -> int:
    """A verb's own exit code; typer makes 130 of KeyboardInterrupt and returns that."""
    if result == EXIT_INTERRUPTED:
        Console().say("interrupted; run the same command again to go on")
    return result if isinstance(result, int) else EXIT_DONE


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


def _refused_by_system(error: OSError) -> MlspecError:
    """A full disk, a folder that may not be written to: said as the system says it."""
    place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return MlspecError(error.strerror or str(error), where=place, hint="mlspec --debug … shows where it came from")


def _debug() -> None:
    if os.environ.get("MLSPEC_DEBUG"):
        traceback.print_exc()
