"""Many machines, one bare repository: nobody acts at the same time, the dead are followed, the late are refused."""

from __future__ import annotations

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.lease import GitLeases
from mlspec.adapters.git.marks import tip
from mlspec.adapters.git.timing import Timing

WORKER = Path(__file__).parent / "lease_worker.py"
MACHINES, TURNS = 8, 100
LANES, DEATHS, SLEEPERS = 4, 5, 1
TTL = 3.0

pytestmark = pytest.mark.slow


def git(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """One git command, however it ends."""
    return subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=False)


def clones(remote: Path, folder: Path, names: list[str]) -> list[Path]:
    """Machines."""
    for name in names:
        assert git(folder, "clone", "--quiet", str(remote), name).returncode == 0
    return [folder / name for name in names]


def start(*args: object) -> subprocess.Popen[str]:
    """A worker as a process."""
    argv = [sys.executable, str(WORKER), *map(str, args)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def test_eight_machines_take_turns(remote: Path, tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    began = time.monotonic()
    machines = clones(remote, tmp_path, [f"machine-{number}" for number in range(MACHINES)])
    workers = [start("count", folder, 12.0, TURNS, tmp_path) for folder in machines]
    said = [json.loads(worker.communicate()[0]) for worker in workers]
    seconds = time.monotonic() - began
    violations = sum(item["violations"] for item in said)
    waits = sorted(wait for item in said for wait in item["waits"])
    counted = int((tmp_path / "counter").read_text())
    turns = [line.split() for line in (tmp_path / "turns").read_text().splitlines()]
    changes = sum(one[1] != other[1] for one, other in pairwise(turns))
    print(f"\n{MACHINES} × {TURNS} acquisitions in {seconds:.0f} s: {violations} violations, counted {counted}, "
          f"{sum(item['lost'] for item in said)} lost; waits median {statistics.median(waits):.2f} s, "
          f"longest {waits[-1]:.1f} s; {changes} hand-overs to another machine")  # fmt: skip
    fences = [int(fence) for fence, _ in turns]
    assert (violations, counted) == (0, MACHINES * TURNS)
    assert fences == sorted(set(fences))
    assert changes > MACHINES * TURNS / 10
    assert git(remote, "rev-list", "--count", "refs/mlspec/env/production").stdout == "1\n"


class Lane:
    """One environment, in which holders die or sleep, and heirs follow."""

    def __init__(self, remote: Path, folder: Path, name: str) -> None:
        self.remote = remote
        self.ref = f"refs/mlspec/env/{name}"
        self.name = name
        self.mortal, self.heir = clones(remote, folder, [f"{name}-mortal", f"{name}-heir"])
        self.leases = GitLeases(Command(self.heir), "heir", Timing(ttl=TTL))
        self.chance = random.Random(name)
        self.waits: list[float] = []
        self.figures: Counter[str] = Counter()

    def run(self) -> None:
        for _ in range(DEATHS):
            self.death()
        for _ in range(SLEEPERS):
            self.sleep()

    def begin(self) -> tuple[subprocess.Popen[str], int]:
        """A holder that works, and its fence."""
        worker = start("hold", self.mortal, TTL, self.name)
        assert worker.stdout is not None
        word, fence = worker.stdout.readline().split()
        assert word == "held"
        time.sleep(self.chance.uniform(0, 1.5))
        return worker, int(fence)

    def death(self) -> None:
        """SIGKILL anywhere in its work; then an heir, and what the dead one may have had under way arrives."""
        worker, fence = self.begin()
        worker.kill()
        worker.communicate()
        self.figures["killed"] += 1
        stale = self.settled()
        self.follow(fence, lambda: self.late_writes(stale))

    def sleep(self) -> None:
        """SIGSTOP for longer than the lease lives; then it wakes and goes on with what it was doing."""
        worker, fence = self.begin()
        worker.send_signal(signal.SIGSTOP)

        def wake() -> None:
            before = self.shown()
            worker.send_signal(signal.SIGCONT)
            out, _ = worker.communicate(timeout=60)
            assert "refused" in out
            assert worker.returncode == 0
            assert self.shown() == before
            self.figures["sleepers refused"] += 1

        self.follow(fence, wake)

    def follow(self, fence: int, then: object) -> None:
        """Take over; what follows must change nothing of the heir's."""
        began = time.monotonic()
        lease = self.leases.acquire(self.name, "", wait=60)
        self.waits.append(time.monotonic() - began)
        assert lease.fence > fence
        self.figures["followed"] += 1
        assert callable(then)
        then()
        lease.check()
        self.leases.push("main")
        lease.release()

    def settled(self) -> str:
        """The dead one's tip, once a git that it left behind has ended."""
        seen = ""
        while seen != (seen := self.shown()):
            time.sleep(0.3)
        return seen

    def late_writes(self, stale: str) -> None:
        """A guarded push, a heartbeat and a plain push with what the dead one knew."""
        before = git(self.remote, "show-ref").stdout
        mark = git(self.mortal, "commit-tree", f"{stale}^{{tree}}", "-m", "mlspec lease 0, late").stdout.strip()
        record = git(self.mortal, "commit-tree", f"{stale}^{{tree}}", "-m", "late").stdout.strip()
        guard = (f"--force-with-lease={self.ref}:{stale}", "origin", f"{mark}:{self.ref}")
        branch = f"{record}:refs/heads/{self.name}-late"
        for words in (("--atomic", *guard, branch), guard, ("--atomic", "origin", f"{record}:{self.ref}", branch)):
            assert git(self.mortal, "push", "--porcelain", *words).returncode != 0
            self.figures["late writes refused"] += 1
        after = git(self.remote, "show-ref").stdout
        assert [line for line in after.splitlines() if "-late" in line] == []
        assert self.name not in "".join(set(before.splitlines()) ^ set(after.splitlines())) or self.is_heirs()

    def is_heirs(self) -> bool:
        """Whether the heir's background renewal is all that changed."""
        mark = tip("", git(self.remote, "cat-file", "commit", self.ref).stdout.encode()).mark
        return mark is not None and mark.host == "heir"

    def shown(self) -> str:
        """The tip at origin (renewals of the heir aside: the record beneath)."""
        if not self.is_heirs():
            return git(self.remote, "rev-parse", self.ref).stdout.strip()
        return git(self.remote, "rev-parse", f"{self.ref}^").stdout.strip()

    def records(self) -> list[int]:
        """The fences under which the chain's records were made, oldest first."""
        messages = git(self.remote, "log", "--reverse", "--format=%s", self.ref).stdout.splitlines()
        return [json.loads(text)["fence"] for text in messages if text.startswith("{")]


def test_the_dead_are_followed_and_the_late_are_refused(remote: Path, tmp_path: Path) -> None:
    lanes = [Lane(remote, tmp_path, f"lane{number}") for number in range(LANES)]
    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(Lane.run, lanes))
    figures = sum((lane.figures for lane in lanes), Counter[str]())
    waits = sorted(wait for lane in lanes for wait in lane.waits)
    print(f"\n{dict(figures)}; a lease lives {TTL} s; followed after {waits[0]:.1f} to {waits[-1]:.1f} s")
    deaths = LANES * DEATHS
    assert figures["killed"] == deaths == 20
    assert figures["followed"] == deaths + LANES * SLEEPERS
    assert figures["late writes refused"] == 3 * deaths
    assert figures["sleepers refused"] == LANES * SLEEPERS
    for lane in lanes:
        assert lane.records() == sorted(lane.records())
    assert git(remote, "fsck", "--strict", "--no-dangling").returncode == 0
