"""What a command costs: CPU and wall seconds of a process and all that it waited for."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Cost:
    """CPU (user and system) and wall time, in seconds."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.3f} / {self.wall:.3f}"


def use_bytecode() -> None:
    """Let commands keep their bytecode, as they do for users: without it each would compile all that it imports."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def cost(argv: Sequence[str], folder: Path) -> Cost:
    """Run a command once; SystemExit with its output when it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = child.stdout.read() if child.stdout else b""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(argv)}: exit code {child.returncode}\n{output.decode()[-4000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)


def least(argv: Sequence[str], folder: Path, times: int = 5) -> Cost:
    """The cheapest of several runs: what else the machine does only ever adds."""
    return min(cost(argv, folder) for _ in range(times))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, aligned."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [" | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    rule = "|".join("-" * (width + 1) + ":" for width in widths)
    return "\n".join(
        f"| {line} |" if number != 1 else line for number, line in enumerate([lines[0], f"|{rule}|", *lines[1:]])
    )
