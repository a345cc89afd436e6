"""A loop holds no more after many turns than after a few; benchmarks/soak.py looks at it for half an hour."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.project import Project
from fakes.processes import eventually

pytestmark = pytest.mark.slow

MIB = 1024
"""KiB"""


def held(pid: int) -> tuple[int, int, int]:
    """Open files, threads, and memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in status)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return files, int(fields["Threads"]), int(fields["VmRSS"].split()[0])


def between_turns(pid: int) -> bool:
    """Whether it sleeps: it has no children, and only what it was given is open."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return not children and held(pid)[0] <= STANDARD


STANDARD = 3
"""Files: input, output, errors"""


def test_a_loop_holds_no_more_after_many_turns(trained_project: Project) -> None:
    shop = trained_project
    process = shop.start("reconcile", "--watch", "0.05", "--only", "train")
    try:
        turned = turns(shop.root / ".mlspec/watch.json")
        eventually(lambda: turned() >= 5, 120)
        eventually(lambda: between_turns(process.pid), 60)
        first = held(process.pid)
        eventually(lambda: turned() >= 30, 120)
        eventually(lambda: between_turns(process.pid), 60)
        last = held(process.pid)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, out + err
    assert last[:2] == first[:2]
    assert last[2] < first[2] + 8 * MIB


def turns(path: Path) -> Callable[[], int]:
    """How many looks were seen so far, by the times that the loop writes down."""
    seen: set[float] = set()

    def count() -> int:
        if path.exists():
            seen.add(json.loads(path.read_text())["looked"])
        return len(seen)

    return count
