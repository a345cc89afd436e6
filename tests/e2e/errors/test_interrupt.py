"""Ctrl-C, SIGTERM and broken pipes: an orderly end, a clean tree, and the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.project import ESTIMATOR, Project

SLOW = "  command: python src/slow.py\n  deps: [src/slow.py]\n  outs: [out/m.skops]\n"
CODE = "open('started', 'w').close()\nimport time\ntime.sleep(300)\n"
ASKED = "lambda *_: open('asked', 'w').close()"
STUBBORN = f"import signal\nsignal.signal(signal.SIGTERM, {ASKED})\n{CODE}"


def reach_training(project: Project, *args: str) -> subprocess.Popen[str]:
    """Start an apply, and wait until its command runs."""
    running = project.start("apply", "--yes", "--only", "train", *args)

    def begun() -> bool:
        assert running.poll() is None, project.finish(running)
        return (project.root / "started").exists()

    wait_for(begun)
    return running


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Poll; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def sleepers(folder: Path) -> list[int]:
    """Processes that still work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture
def slow_project(trained_project: Project) -> Project:
    """A second training would take minutes."""
    trained_project.write(".gitignore", trained_project.read(".gitignore") + "/out/\n/started\n/asked\n")
    trained_project.write("src/slow.py", CODE)
    trained_project.spec(ESTIMATOR, SLOW)
    return trained_project


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_interrupted_while_training(slow_project: Project, number: signal.Signals) -> None:
    before = slow_project.state
    running = reach_training(slow_project)
    os.killpg(running.pid, number)
    done = slow_project.finish(running)
    assert done.code == 130
    assert done.err.splitlines()[-1] == "interrupted; run the same command again to go on"
    assert "Traceback" not in done.err
    assert slow_project.state == before
    wait_for(lambda: sleepers(slow_project.root) == [])
    slow_project.git("revert", "--no-edit", "HEAD")
    assert slow_project.planned() == ["promote:toy:production", "deploy:toy:production"]
    assert slow_project.mlspec("apply", "--yes", "--only", "train").code == 0


def test_interrupted_among_several_models(slow_project: Project) -> None:
    spec = slow_project.read("specs/toy.yaml")
    slow_project.write("specs/other.yaml", spec.replace("name: toy", "name: other").replace("out/m.", "out/o."))
    slow_project.commit("another model")
    before = slow_project.state
    running = reach_training(slow_project, "--jobs", "2")
    os.kill(running.pid, signal.SIGTERM)  # to mlspec alone: it has to end its children
    done = slow_project.finish(running)
    assert done.code == 130, done.err
    assert slow_project.state == before
    wait_for(lambda: sleepers(slow_project.root) == [])


def test_interrupted_twice_still_puts_things_back(slow_project: Project) -> None:
    """A command that does not end at once makes people press again."""
    slow_project.write("src/slow.py", STUBBORN)
    slow_project.commit()
    before = slow_project.state
    running = reach_training(slow_project)
    os.killpg(running.pid, signal.SIGINT)
    wait_for((slow_project.root / "asked").exists)
    os.killpg(running.pid, signal.SIGINT)
    done = slow_project.finish(running)
    assert done.code == 130
    assert "putting things back; once more to stop at once" in done.err
    assert slow_project.state == before


def test_a_reader_that_goes_away(project: Project) -> None:
    command = f"set -o pipefail; {sys.executable} -m mlspec plan --json | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=project.root, capture_output=True, text=True, check=False)
    assert done.stdout == "{\n"
    assert done.stderr == ""
    closed = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m mlspec plan | true; echo ${{PIPESTATUS[0]}}"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert closed.stdout == "0\n"
    assert closed.stderr == ""
