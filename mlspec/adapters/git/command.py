"""Git commands that change something, through GitPython: no hooks, durable objects, an identity in any case."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from git.cmd import Git
from git.exc import GitCommandNotFound

from mlspec.adapters.git.process import ALWAYS, HOOK_VARIABLES, OPTIONS, Done, failure, output
from mlspec.domain.folder import Folder
from mlspec.errors import MlspecError

_OPTIONS: Final = (
    *OPTIONS,
    *("-c", "i18n.commitEncoding=UTF-8"),
    *("-c", "core.filesRefLockTimeout=2000"),
    *("-c", "core.packedRefsTimeout=5000"),
    *("-c", "core.fsync=objects,reference"),  # a ref must never outlive, in a power cut, what it names
    *("-c", "gc.auto=0"),  # no maintenance in the background that takes locks behind our back
    *("-c", "maintenance.auto=false"),
)
_NO_HOOKS: Final = ("-c", "core.hooksPath=/dev/null")
_TRIES: Final = 40
_PAUSE: Final = 0.05


class Command:
    """Runs git at the top of one repository; `project` is where the project lies there.

    The folder of its `.git` and the one shared by its worktrees are known.
    """

    def __init__(self, top: Path | str, project: Folder | None = None) -> None:
        self.top = Path(top)
        self.project = project or Folder()
        out = output(str(top), "rev-parse", "--absolute-git-dir", "--git-common-dir")
        own, common = os.fsdecode(out).splitlines()
        self.folder = Path(own)
        self.common = (self.top / common).resolve()
        self._git = Git(str(top))

    def attempt(
        self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None, hooks: bool = False
    ) -> Done:
        """Run git and say how it ended."""
        argv = ["git", *_OPTIONS, *(() if hooks else _NO_HOOKS), *args]
        with tempfile.TemporaryFile() as stdin:
            stdin.write(data or b"")
            stdin.seek(0)
            try:
                status, out, err = self._git.execute(
                    argv,
                    istream=stdin,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    env={**self.environment(), **(env or {})},
                )
            except GitCommandNotFound as error:
                raise MlspecError("git was not found", hint="install git and put it on PATH") from error
        return Done(int(status), bytes(out), str(err).strip())

    def run(self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Run git; its standard output, or MlspecError. Waits a little for a lock that another git holds."""
        for _ in range(_TRIES):
            done = self.attempt(*args, data=data, env=env)
            if not (done.status and ".lock': File exists" in done.err):
                break
            time.sleep(_PAUSE)
        if done.status:
            raise _locked(done.err) or failure(args, done.err)
        return done.out

    def line(self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git; its standard output as text without the last newline."""
        return self.run(*args, data=data, env=env).decode("utf-8", "surrogateescape").removesuffix("\n")

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """What to add to the environment so that commits have an author even where nobody is configured."""
        pattern = r"^(user|author|committer)\.(name|email)$"
        out = self.attempt("config", "-z", "--get-regexp", pattern).out.decode(errors="replace")
        known = {key for entry in out.split("\0") for key, _, value in [entry.partition("\n")] if value}
        known |= {"user.email"} if os.environ.get("EMAIL") else set()
        missing = {}
        for role in ("author", "committer"):
            for part, value in (("name", "mlspec"), ("email", "mlspec@localhost")):
                name = f"GIT_{role}_{part}".upper()
                if not os.environ.get(name) and not {f"{role}.{part}", f"user.{part}"} & known:
                    missing[name] = value
        return missing

    def environment(self) -> dict[str, str]:
        """What to add to our own environment, which is handed down: what a hook's caller set there is set right."""
        right = {
            "GIT_DIR": str(self.folder),
            "GIT_COMMON_DIR": str(self.common),
            "GIT_WORK_TREE": str(self.top),
            "GIT_INDEX_FILE": str(self.folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(self.common / "objects"),
        }
        set_right = {name: right.get(name, "") for name in HOOK_VARIABLES if name in os.environ}
        return {**set_right, **ALWAYS}


def _locked(err: str) -> MlspecError | None:
    if ".lock': File exists" not in err:
        return None
    return MlspecError(
        "another git is at work in this repository",
        hint="wait until it is done and run the same again",
        details=tuple(err.splitlines()),
    )
