"""One git process for reading: a clean environment, bytes in and out, failures in words."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.errors import MlspecError

HOOK_VARIABLES: Final = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
})  # fmt: skip
"""What git sets for its hooks; there it would make us look at another repository or index."""

ALWAYS: Final[Mapping[str, str]] = {"LC_ALL": "C", "LANGUAGE": "C", "GIT_LITERAL_PATHSPECS": "1"}
"""Messages that we can read, and paths that mean themselves (`*` and `:` in a path are no patterns)."""

OPTIONS: Final = ("--no-pager", "-c", "core.quotePath=off", "-c", "log.showSignature=false")


@dataclass(frozen=True, slots=True)
class Done:
    """A git process that ended."""

    status: int
    out: bytes
    err: str


def clean_environment() -> dict[str, str]:
    """The environment without what a hook's caller put there, for processes that change nothing."""
    kept = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    return {**kept, **ALWAYS, "GIT_OPTIONAL_LOCKS": "0"}


class Running:
    """A started git process, so that several can work at once."""

    def __init__(self, top: str, args: tuple[str, ...], *, piped: bool = False) -> None:
        self._args = args
        stdin = subprocess.PIPE if piped else subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                ["git", *OPTIONS, *args],
                cwd=top,
                env=clean_environment(),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise _not_started(top, error) from error

    def finish(self, data: bytes | None = None) -> Done:
        """Wait for the end, whatever its status."""
        with self._process:
            out, err = self._process.communicate(data)
        return Done(self._process.returncode, out, err.decode(errors="replace").strip())

    def output(self, data: bytes | None = None) -> bytes:
        """Wait for the end; the standard output, or MlspecError where the status is not 0."""
        done = self.finish(data)
        if done.status:
            raise failure(self._args, done.err)
        return done.out


def attempt(top: str, *args: str, data: bytes | None = None) -> Done:
    """Run git in `top` and say how it ended; MlspecError only where it cannot be started."""
    return Running(top, args, piped=data is not None).finish(data)


def output(top: str, *args: str, data: bytes | None = None) -> bytes:
    """Run git in `top`; its standard output, or MlspecError."""
    return Running(top, args, piped=data is not None).output(data)


def failure(args: tuple[str, ...], err: str) -> MlspecError:
    """What went wrong, in words that a user can act on."""
    if "not a git repository" in err or "must be run in a work tree" in err:
        return MlspecError(
            "this is not a git repository", hint="go to your project's folder, or start one with `mlspec init`"
        )
    lines = tuple(err.splitlines())
    first = lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "no message"
    if "dubious ownership" in err:
        return MlspecError(first, hint="the folder belongs to somebody else", details=lines[1:])
    return MlspecError(f"git {_subcommand(args)} failed: {first}", details=lines[1:])


def _subcommand(args: tuple[str, ...]) -> str:
    """The first word that is no option of git itself."""
    rest = iter(args)
    for word in rest:
        if word == "-c":
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return "command"


def _not_started(top: str, error: OSError) -> MlspecError:
    if not Path(top).is_dir():
        return MlspecError("there is no such folder", where=top)
    if isinstance(error, FileNotFoundError):
        return MlspecError("git was not found", hint="install git (2.28 or newer) and put it on PATH")
    return MlspecError(f"git could not be started: {error.strerror}")
