"""Run a stage's command in DVC's place: in a process group of its own, its output in a log, with our interpreter."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import dvc.stage.run

from mlspec.adapters.dvc.limits import Overrun, descendants, end, thread_settings, wait
from mlspec.adapters.steps import step_environment
from mlspec.errors import StageFailed
from mlspec.ports.pipeline import UNLIMITED, Limits

_SHELL: Final = "/bin/sh"  # DVC takes $SHELL: a stage would then depend on who runs it
_TAIL_LINES: Final = 20
_TAIL_BYTES: Final = 16 * 1024
_GRACE: Final = 5.0
"""seconds between asking a command to end and ending it"""
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


class Command:
    """DVC calls it for each line of a stage's `cmd`. The log is opened (and emptied) when the first one starts."""

    def __init__(self, log: Path, started: Callable[[], None], limits: Limits = UNLIMITED) -> None:
        self.log = log
        self.limits = limits
        self.ran = False
        self.overran = False
        self._started = started

    def __call__(self, _shell: str | None, line: str, *, cwd: str, env: Mapping[str, str], **_: object) -> None:
        """Run one line to its end; StageFailed when it fails."""
        self._started()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab" if self.ran else "wb") as stream:
            self.ran = True
            stream.write(f"$ {line}\n".encode())
            stream.flush()
            start = stream.tell()
            status = _run(
                line, cwd, environment(env, self.limits.environ) | thread_settings(self.limits), stream, self.limits
            )
        stage = env.get("DVC_STAGE", "").rpartition(":")[2]
        if isinstance(status, Overrun):
            self.overran = True
            raise status.error(stage, self.limits, tail(self.log, start))
        if status:
            raise _failure(stage, status, tail(self.log, start))


@contextmanager
def instead_of_dvc(command: Command) -> Iterator[None]:
    """DVC hands its commands to `command`.

    DVC's own runner lets them write to our streams and read our terminal, and ignores Ctrl-C while they run.
    """
    original = dvc.stage.run._run  # noqa: SLF001 - the one seam there is; DVC's version is pinned and a test holds it
    dvc.stage.run._run = command  # noqa: SLF001
    try:
        yield
    finally:
        dvc.stage.run._run = original  # noqa: SLF001


def environment(base: Mapping[str, str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, with what makes a stage repeatable.

    `python` is that of `environ`, else the interpreter that runs mlspec. PYTHONHASHSEED is fixed because the order of a
    set of strings reaches model files. The number of threads is left alone: it is the user's to trade speed for bits.
    """
    return {**step_environment(base, environ or {}), "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}


def tail(log: Path, start: int = 0) -> tuple[str, ...]:
    """The last lines of a log after byte `start`, fit for a terminal: no control characters, no redrawn lines."""
    with log.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(start, size - _TAIL_BYTES))
        text = stream.read().decode(errors="replace")
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    clean = ("".join(char for char in line.expandtabs(4) if char.isprintable()).rstrip() for line in lines)
    return tuple(line for line in clean if line)[-_TAIL_LINES:]


def _run(line: str, cwd: str, env: Mapping[str, str], log: BinaryIO, limits: Limits) -> int | Overrun:
    process = subprocess.Popen(
        [_SHELL, "-c", line],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, safe beside threads too
    )
    try:
        status = wait(process, limits)
    except BaseException:
        end_group(process)
        raise
    if isinstance(status, Overrun):
        end_group(process, at_once=status.field == "memory")
    return status


def die_with_parent() -> None:
    """To be called in a new child: one that outlives a killed mlspec would write below the next one's feet."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_group(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """End a command and all that it started; what takes memory from others is not asked first."""
    started = descendants(process.pid)
    if not at_once:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    end(started)
    process.wait()


def _failure(stage: str, status: int, lines: tuple[str, ...]) -> StageFailed:
    status = status if status >= 0 else 128 - status
    if name := _signal(status):
        hint = "did the machine run out of memory?" if name == "SIGKILL" else ""
        return StageFailed(f"stage {stage} was ended by {name}", status=status, hint=hint, details=lines)
    return StageFailed(f"stage {stage} failed with exit code {status}", status=status, details=lines)


def _signal(status: int) -> str:
    """The signal that ended a command, or the last program that its shell ran (137 is 128 + SIGKILL)."""
    return signal.Signals(status - 128).name if status - 128 in set(signal.Signals) else ""
