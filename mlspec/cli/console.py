"""What people see: results on standard output, everything else on standard error, colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

from mlspec.errors import MlspecError

_CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "bold": 1, "dim": 2}


class Console:
    """Writes to the process's streams as they are at the time of writing."""

    def out(self, text: str) -> None:
        """A result."""
        _write(sys.stdout, text if text.endswith("\n") else f"{text}\n")

    def say(self, text: str) -> None:
        """A message."""
        _write(sys.stderr, f"{text}\n")

    def style(self, text: str, *styles: str, stream: TextIO | None = None) -> str:
        """Text in colour, where the stream (standard output by default) takes it."""
        if not text or not coloured(stream or sys.stdout):
            return text
        codes = ";".join(str(_CODES[style]) for style in styles)
        return f"\033[{codes}m{text}\033[0m"

    def error(self, error: MlspecError) -> None:
        """An error that the user can mend."""
        head = self.style("error:", "red", "bold", stream=sys.stderr)
        place = f"{error.where}: " if error.where else ""
        self.say(f"{head} {place}{error.message}")
        for line in error.details:
            self.say(f"  {line}")
        if error.hint:
            self.say(f"{self.style('hint:', 'cyan', stream=sys.stderr)} {error.hint}")

    def usage(self, message: str, context: Any) -> None:
        """A call that could not be understood."""
        said = message.replace("Value error, ", "")  # pydantic's word, through typer
        self.say(f"{self.style('error:', 'red', 'bold', stream=sys.stderr)} {said}")
        if context is not None:
            self.say(f"{self.style('hint:', 'cyan', stream=sys.stderr)} {context.command_path} --help")

    def bug(self, error: Exception) -> None:
        """An error that is ours."""
        head = self.style("error:", "red", "bold", stream=sys.stderr)
        self.say(f"{head} mlspec has a fault: {type(error).__name__}: {error}")
        self.say("  run again with `mlspec --debug …` for the traceback; nothing was half-written")


def _write(stream: TextIO, text: str) -> None:
    """Write now. A reader that has gone (head, a pager) is no reason to stop half-way: the rest is said to nobody."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def coloured(stream: TextIO) -> bool:
    """Whether a stream takes colour: a terminal, and neither NO_COLOR nor a dumb one."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


console = Console()
