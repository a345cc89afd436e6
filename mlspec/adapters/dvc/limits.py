"""A command held to its limits: time and memory are watched from outside, threads are told to it.

Memory is watched, as a limit of the address space (RLIMIT_AS) ends every program that maps more than it uses, which
CUDA, Arrow and thread stacks do; and cgroups are seldom ours to write to. The decision is docs/decisions/0029.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psutil  # type: ignore[import-untyped]  # DVC brings it

from mlspec.domain.words import duration, size
from mlspec.errors import StageFailed
from mlspec.ports.pipeline import Limits

_POLL: Final = 0.1
"""seconds between two looks: what a program can take in that time is beyond its limit before it is ended"""
TIMED_OUT: Final = 124
"""as timeout(1) has it"""
OUT_OF_MEMORY: Final = 137
_THREADS: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "LOKY_MAX_CPU_COUNT", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "MLSPEC_CPUS"),
)


@dataclass(frozen=True, slots=True)
class Overrun:
    """A limit that a command has passed: its field of `training.compute`, and what was found, in words."""

    field: str
    status: int
    words: str

    def error(self, stage: str, limits: Limits, lines: tuple[str, ...]) -> StageFailed:
        """The error that names the limit and its place."""
        hint = f"raise training.compute.{self.field}, or let the training use less"
        where = limits.where.get(self.field, "")
        message = f"stage {stage} was ended: it {self.words}"
        return StageFailed(message, status=self.status, hint=hint, where=where, details=lines)


def thread_settings(limits: Limits) -> dict[str, str]:
    """Environment variables that hold the usual libraries to the declared processors, and tell how many trials run."""
    threads = {} if limits.cpus is None else dict.fromkeys(_THREADS, str(limits.cpus))
    return threads | ({"MLSPEC_TRIALS": str(limits.trials)} if limits.trials > 1 else {})


def wait(process: subprocess.Popen[bytes], limits: Limits) -> int | Overrun:
    """The command's exit code, or the limit that it passed; ending it is the caller's."""
    if limits.timeout is None and limits.memory is None:
        return process.wait()
    deadline = None if limits.timeout is None else time.monotonic() + limits.timeout
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_POLL)
        if deadline is not None and time.monotonic() >= deadline:
            return Overrun("timeout", TIMED_OUT, f"took longer than {duration(limits.timeout or 0)}")
        if limits.memory is not None and (used := _used(process.pid, limits.memory)) > limits.memory:
            return Overrun(
                "memory", OUT_OF_MEMORY, f"used {size(used)} of memory, and {size(limits.memory)} is allowed"
            )


def descendants(pid: int) -> list[Any]:
    """A process and all that it started, as far as they live."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def end(processes: list[Any]) -> None:
    """End what has made itself a session of its own, and so outlived its group."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _used(pid: int, limit: int) -> int:
    """Bytes in memory of a process and its children; pages that they share count once where that decides."""
    processes = descendants(pid)
    resident = sum(_resident(processes))
    return resident if resident <= limit else sum(_proportional(processes))


def _resident(processes: list[Any]) -> Iterator[int]:
    for process in processes:
        with suppress(psutil.Error):
            yield process.memory_info().rss


def _proportional(processes: list[Any]) -> Iterator[int]:
    """Linux splits shared pages among their users; elsewhere each counts them."""
    for process in processes:
        with suppress(psutil.Error):
            found = process.memory_full_info()
            yield getattr(found, "pss", found.rss)
