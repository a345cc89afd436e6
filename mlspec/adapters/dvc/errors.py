"""DVC's exceptions said in our words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dvc.exceptions import DvcException, NotDvcRepoError, ReproductionError
from dvc.lock import LockError
from dvc.output import OutputDoesNotExistError

from mlspec.errors import LockHeld, MlspecError, StageFailed


def cause_of(error: BaseException) -> BaseException:
    """What lies below DVC's wrapper `failed to reproduce`."""
    while isinstance(error, ReproductionError) and error.__cause__ is not None:
        error = error.__cause__
    return error


@contextmanager
def translated(notes: Sequence[str]) -> Iterator[None]:
    """Raise MlspecError for what DVC raises inside; `notes` (DVC's log lines) become the error's details."""
    try:
        yield
    except (DvcException, OSError) as error:
        cause = cause_of(error)
        if not isinstance(cause, DvcException | MlspecError | OSError):
            raise  # a defect, DVC's or ours: its traceback is worth more than a sentence
        raise _in_our_words(cause, tuple(notes)) from error


def _in_our_words(error: BaseException, notes: tuple[str, ...]) -> BaseException:
    match error:
        case MlspecError():
            return error
        case LockError():
            hint = "wait for the other DVC command to end, or end it"
            return LockHeld("another process works on this DVC repository", hint=hint, details=_lines(error))
        case NotDvcRepoError():
            return MlspecError("this is not a DVC repository", hint="run `mlspec init` or `dvc init`")
        case OutputDoesNotExistError():
            return StageFailed(f"the command ended well, but {error}", status=0, hint="does it write all its outputs?")
        case _:
            first, *others = _lines(error) or (type(error).__name__,)
            return MlspecError(f"DVC could not do it: {first}", details=(*others, *notes))


def _lines(error: BaseException) -> tuple[str, ...]:
    return tuple(str(error).splitlines())
