"""Git for the lease: in any thread, without hooks, without questions, and never longer than a limit."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.process import OPTIONS, Done, failure
from mlspec.adapters.git.remote import PROTOCOLS, SILENT
from mlspec.errors import MlspecError

LIMIT: Final = 60.0
"""Seconds that origin gets to answer"""
_OPTIONS: Final = (
    *OPTIONS,
    *SILENT,
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "i18n.commitEncoding=UTF-8"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
)


class Wire:
    """Runs git beside what the writer does; GitPython's own time limit needs `ps`, which small images lack."""

    def __init__(self, command: Command) -> None:
        self.command = command
        # A lease is renewed when nobody looks, so a remote that asks for a password is one that does not answer.
        unattended = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": os.environ.get("GIT_ALLOW_PROTOCOL", PROTOCOLS)}
        self._env = {**os.environ, **command.environment(), **command.identity, **unattended}

    def attempt(self, *args: str, data: bytes = b"", limit: float = LIMIT) -> Done:
        """Run git and say how it ended; after `limit` seconds it is killed, which counts as a failure."""
        pipe = subprocess.PIPE
        argv = ["git", *_OPTIONS, *args]
        try:
            process = subprocess.Popen(argv, cwd=self.command.top, env=self._env, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise MlspecError(f"git could not be started: {error.strerror}") from error
        with process:
            try:
                out, err = process.communicate(data, timeout=limit)
            except subprocess.TimeoutExpired:
                process.kill()
                return Done(-1, b"", f"no answer within {limit:g} seconds")
            except BaseException:
                process.kill()
                raise
        return Done(process.returncode, out, err.decode(errors="replace").strip())

    def run(self, *args: str, data: bytes = b"") -> str:
        """Run git; its standard output as text without the last newline, or MlspecError."""
        done = self.attempt(*args, data=data)
        if done.status:
            raise failure(args, done.err)
        return done.out.decode("utf-8", "surrogateescape").removesuffix("\n")
