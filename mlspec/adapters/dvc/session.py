"""A DVC repository open for one call: patient with locks, silent, and never touching git."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from dvc.lock import Lock, LockError
from dvc.repo import Repo
from dvc.scm import NoSCM

from mlspec.adapters.dvc.errors import translated

_POLL = 0.02


class PatientLock(Lock):  # type: ignore[misc]  # DVC has no types
    """DVC's repository lock, asked for every 20 ms for `patience` seconds; DVC itself asks every 500 ms for 3 s.

    Another process holds it while it hashes and stores outputs, so waiting is normal and short with parallel models.
    """

    patience: float = 0.0

    def lock(self) -> None:
        """Take the lock; LockError when `patience` is over."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                self._do_lock()
            except LockError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_POLL)
            else:
                return


class Notes(logging.Handler):
    """What DVC logs, kept as lines: some failures are only there, and our own streams are not DVC's to write to."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message and, where there is one, the exception's last line."""
        self.lines.extend(record.getMessage().splitlines())
        if record.exc_info and record.exc_info[1]:
            self.lines.append(f"{record.exc_info[1]}")


@contextmanager
def quiet() -> Iterator[Notes]:
    """DVC's messages are kept instead of printed, its progress bars are off."""
    notes = Notes()
    logging.getLogger("dvc.progress").setLevel(logging.CRITICAL)  # DVC's own switch for its bars
    loggers = [logging.getLogger(name) for name in ("dvc", "dvc_data", "dvc_objects")]
    before = [(logger.handlers, logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [notes], False
        logger.setLevel(logging.WARNING)
    try:
        yield notes
    finally:
        for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)


@contextmanager
def open_repo(root: Path, patience: float) -> Iterator[Repo]:
    """The repository at `root`, which is the current directory meanwhile: DVC resolves some paths against that.

    It is opened as if there were no git, so that DVC can't write a .gitignore (it rolls back entries when a stage
    fails, and the compiler writes them anyway) nor add files. Raises MlspecError and LockHeld instead of DVC's errors.
    """
    with chdir(root), quiet() as notes, translated(notes.lines):
        scm = NoSCM(str(root))
        with Repo(str(root), scm=scm) as repo:
            if type(repo.lock) is Lock:  # not where the user chose hard-link locks: all must use one kind
                repo.lock = PatientLock(repo.lock.lockfile)
                repo.lock.patience = patience
            yield repo
