"""Errors that a user can act on; the CLI prints them and exits with their code."""

from __future__ import annotations

from typing import Final

EXIT_DONE: Final = 0
EXIT_ERROR: Final = 1
EXIT_CHANGES: Final = 2
EXIT_CHECK_FAILED: Final = 3
EXIT_HELD: Final = 4
EXIT_INTERRUPTED: Final = 130


class MlspecError(Exception):
    """Something the user can mend: what is wrong, where, and what to do about it.

    `message` is one sentence without a full stop, `hint` says what to do, `where` is `file`, `file:line`
    or `file:line:col`, `details` are further lines (a log's tail, a list of files).
    """

    exit_code = EXIT_ERROR

    def __init__(self, message: str, *, hint: str = "", where: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.details = details

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head} ({self.hint})" if self.hint else head


class CheckFailed(MlspecError):
    """A check that the user asked for did not pass (`compile --check`, `verify`)."""

    exit_code = EXIT_CHECK_FAILED


class LockHeld(MlspecError):
    """Another mlspec is at work here."""

    exit_code = EXIT_HELD


class Superseded(LockHeld):
    """A newer revision acts there, or has acted: there is nothing left to do for this one."""


class LeaseLost(MlspecError):
    """The lease of an environment could not be renewed in time, or another took it over: nothing more is done there."""

    exit_code = EXIT_HELD


class RecordsMoved(MlspecError):
    """Somebody else published records meanwhile, and only records: ours are put behind theirs, to be sent again."""


class BranchMoved(MlspecError):
    """Somebody else pushed to the branch meanwhile."""


class HeadMoved(MlspecError):
    """Somebody else committed here meanwhile, or went to another branch."""


class StageFailed(MlspecError):
    """A stage's command failed; `status` is the command's own exit code, `details` its last lines."""

    def __init__(
        self, message: str, *, status: int, hint: str = "", where: str = "", details: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint, where=where, details=details)
        self.status = status


class Unreachable(MlspecError):
    """What runs models does not answer from here (no engine, no permission): nothing can be said of its places."""


class DeployFailed(MlspecError):
    """A new instance never became healthy; the old one, if any, still serves. `details` are its last log lines."""


class IntegrityError(MlspecError):
    """Bytes are not those that the version's record names."""
