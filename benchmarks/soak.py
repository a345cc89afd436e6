"""What `mlspec reconcile --watch` holds while it runs: memory, open files, threads and children, over many turns.

Usage: python benchmarks/soak.py [MINUTES] [EVERY]      (30 minutes, a turn every 2 seconds, when none is given)

A clone is followed by a loop, as on a server. Beside it somebody pushes changes: of a parameter (trains, deploys), of
replicas (scales), of words only, and of a parameter that fails its gate (held). At the end a training that takes long
is ended by SIGTERM, and a second loop has to find nothing half done.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from itertools import cycle
from pathlib import Path

from measure import table, use_bytecode
from project import BIN, FIRST, call, commit, git, sandbox, start

SPEC = Path(f"specs/{FIRST}.yaml")
SAMPLES = 20
"""Lines of the table at most"""
SLOW = "import time\n\nprint('training', flush=True)\ntime.sleep(600)\n"


@dataclass(frozen=True)
class Sample:
    """One look at the loop: minutes since its start, and what it holds. `rss` is in MiB."""

    minutes: float
    rss: float
    files: int
    threads: int
    children: int
    turns: int


def main() -> None:
    """A table of samples, and how the loop ended."""
    use_bytecode()
    minutes, every = [*map(float, sys.argv[1:]), *(30.0, 2.0)[len(sys.argv) - 1 :]][:2]
    with tempfile.TemporaryDirectory(prefix="mlspec-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sandbox(folder)
        world(folder)
        loop = begin(folder, every)
        try:
            found = list(watched(folder, loop.pid, minutes * 60))
            ending = end_in_training(folder, loop)
        finally:
            loop.kill()
            call(folder / "loop", "mlspec", "retire", "--env", "production", "--yes")
    print(table(["minutes", "RSS MiB", "files", "threads", "children", "plans with work"], rows(found)))
    print(f"\n{ending}")


def world(folder: Path) -> None:
    """Origin, the loop's clone, and the clone of somebody who pushes to it."""
    start(folder / "loop")
    spec = folder / "loop" / SPEC
    spec.write_text(spec.read_text() + "deploy:\n  production: {replicas: 1}\n")
    (folder / "loop/slow.py").write_text(SLOW)
    call(folder / "loop", "mlspec", "compile")
    commit(folder / "loop", "deployed")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(folder / "loop", "remote", "add", "origin", str(folder / "origin.git"))
    call(folder / "loop", "dvc", "remote", "add", "--quiet", "--default", "store", str(folder / "store"))
    commit(folder / "loop", "a remote for data")
    git(folder / "loop", "push", "--quiet", "--set-upstream", "origin", "main")
    git(folder, "clone", "--quiet", str(folder / "origin.git"), "ben")


def begin(folder: Path, every: float) -> subprocess.Popen[bytes]:
    """The loop, in a process group of its own."""
    argv = [BIN / "mlspec", "reconcile", "--watch", str(every), "--push", "--events", "../events.jsonl"]
    with (folder / "loop.log").open("wb") as log:
        return subprocess.Popen(argv, cwd=folder / "loop", stdout=log, stderr=log, start_new_session=True)


def watched(folder: Path, pid: int, seconds: float) -> Iterator[Sample]:
    """Samples while somebody pushes changes, so many seconds long. SystemExit where the loop ends by itself."""
    begun = time.monotonic()
    step, pause = seconds / SAMPLES, max(20.0, seconds / 12)
    changes, due = cycle(pushes(folder / "ben")), begun + pause
    while (now := time.monotonic()) < begun + seconds:
        yield sample(folder, pid, (now - begun) / 60)
        if now >= due:
            next(changes)()
            due += pause
        time.sleep(step)
    yield sample(folder, pid, seconds / 60)


def sample(folder: Path, pid: int, minutes: float) -> Sample:
    """What the loop holds now. Between two turns it has no children: a look that meets some looks again."""
    for _ in range(50):
        if not (children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            break
        time.sleep(0.2)
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    rss, threads = int(fields["VmRSS"].split()[0]) / 1024, int(fields["Threads"])
    return Sample(round(minutes, 1), round(rss, 1), files, threads, len(children), turns(folder))


def turns(folder: Path) -> int:
    """How many plans had something to do, by the loop's events."""
    return sum(event["event"] == "Planned" for event in events(folder))


def events(folder: Path) -> list[dict[str, object]]:
    """What the loop told so far."""
    path = folder / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def pushes(ben: Path) -> list[Callable[[], None]]:
    """What is pushed in turn. Parameters go on from change to change, so that there is always something to train."""
    numbers = iter(range(2, 10_000))

    def edit(find: str, new: str) -> None:
        git(ben, "pull", "--quiet", "--rebase")
        text = (ben / SPEC).read_text().splitlines()
        (ben / SPEC).write_text("\n".join(new if line.strip().startswith(find) else line for line in text) + "\n")
        commit(ben, new.strip())
        git(ben, "push", "--quiet")

    return [
        lambda: edit("params:", f"  params: {{C: {next(numbers)}.0, random_state: 7}}"),
        lambda: edit("production:", "  production: {replicas: 2}"),
        lambda: edit("description:", f"description: One of many, told for the {next(numbers)}. time"),
        lambda: edit("- {metric: accuracy", "    - {metric: accuracy, min: 0.999}"),
        lambda: edit("- {metric: accuracy", "    - {metric: accuracy, min: 0.5}"),
        lambda: edit("production:", "  production: {replicas: 1}"),
    ]


def end_in_training(folder: Path, loop: subprocess.Popen[bytes]) -> str:
    """SIGTERM in the middle of a training that takes long: how the loop ended, and what it left."""
    ben = folder / "ben"
    git(ben, "pull", "--quiet", "--rebase")
    text = (ben / SPEC).read_text()
    estimator = next(line for line in text.splitlines() if line.strip().startswith("estimator:"))
    params = next(line for line in text.splitlines() if line.strip().startswith("params:"))
    text = text.replace(estimator, "  command: python slow.py").replace(params, f"  outs: [models/{FIRST}/slow.skops]")
    (ben / SPEC).write_text(text)
    commit(ben, "slow")
    git(ben, "push", "--quiet")
    log = folder / f"loop/.mlspec/logs/{FIRST}/train.log"
    wait_for(lambda: log.exists() and "training" in log.read_text())
    before = git(folder / "loop", "for-each-ref")
    loop.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    code = loop.wait(timeout=120)
    seconds = time.monotonic() - begun
    same = before == git(folder / "loop", "for-each-ref")
    left = git(folder / "loop", "status", "--porcelain") or "clean"
    alive = "gone" if not commands_below(folder / "loop") else "alive"
    return (
        f"SIGTERM in a training: exit code {code} after {seconds:.1f} s; refs {'unchanged' if same else 'changed'}, "
        f"work tree {left.strip()}, the training's processes {alive}"
    )


def commands_below(folder: Path) -> list[str]:
    """Processes that still train there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where, line = str((entry / "cwd").readlink()), (entry / "cmdline").read_bytes()
        except OSError:
            continue  # it ended, or is somebody else's
        if where.startswith(str(folder)) and b"slow.py" in line:
            found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait; SystemExit where it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("it did not come true in time")
        time.sleep(0.1)


def rows(found: list[Sample]) -> list[list[str]]:
    """The samples as the table's cells."""
    return [[str(value) for value in astuple(each)] for each in found]


if __name__ == "__main__":
    if shutil.which("git") is None:
        raise SystemExit("git is missing")
    main()
