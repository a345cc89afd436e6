"""SIGKILL anywhere in a commit, a tag and a chain's commit: running again gives what one run gives."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlspec.adapters.git import repair as repair_module
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.writer import Writer
from mlspec.ports.git import NewTag

Git = Callable[..., str]
ENV = "refs/mlspec/env/production"
PATHS = ["changed", "deleted", "models/wine/new"]


@pytest.fixture
def project(repo: Path, git: Git) -> Path:
    """A project with work to commit, and a user's own staged file."""
    (repo / "changed").write_text("1")
    (repo / "deleted").write_text("1")
    git("add", ".")
    git("commit", "--quiet", "-m", "before")
    (repo / "changed").write_text("2")
    (repo / "deleted").unlink()
    (repo / "models" / "wine").mkdir(parents=True)
    (repo / "models" / "wine" / "new").write_text("1")
    (repo / "staged").write_text("1")
    git("add", "staged")
    return repo


def publish(repo: Path) -> None:
    """What an apply does, and does again after a crash."""
    writer = Writer(repo)
    writer.commit(PATHS, "train")
    writer.tag(NewTag("wine@v0.1.0", Reader(repo).snapshot().head.commit, "record"))
    if not Reader(repo).chain_log(ENV):
        writer.append(ENV, {"log/1.json": b"{}", "lease.json": b"1"}, "one")


def in_child(work: Callable[[], None]) -> int:
    """Run in a forked process of its own group; its id."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    # Both make the group, as shells do: whoever is first, it is there when the parent signals it.
    os.setpgid(child, child)
    return child


def kill_at(repo: Path, number: int, when: str) -> bool:
    """Publish in a child that is killed before or after its git process of that number; whether it was killed."""
    calls = iter(range(1_000))
    attempt = Command.attempt

    def deadly(self: Command, *args: object, **more: object) -> object:
        mine = next(calls) == number
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = attempt(self, *args, **more)  # type: ignore[arg-type]
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    def work() -> None:
        Command.attempt = deadly  # type: ignore[method-assign,assignment]
        publish(repo)

    status = os.waitpid(in_child(work), 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def check_halfway(repo: Path, git: Git, before: str) -> None:
    """Whatever the moment, the user's next own commit undoes nothing of ours."""
    staged = set(git("diff", "--cached", "--no-renames", "--name-only").splitlines())
    assert staged in ({"staged"}, {"staged", *PATHS})
    if git("rev-parse", "HEAD") != before:
        assert staged == {"staged"}
    assert Reader(repo).chain_log(ENV) in ([], ["one"])


def check_converged(repo: Path, git: Git, before: str) -> None:
    assert git("rev-parse", "HEAD^") == before
    assert set(git("diff", "--no-renames", "--name-only", "HEAD^", "HEAD").splitlines()) == set(PATHS)
    assert Reader(repo).snapshot().dirty == {"staged"}
    assert git("diff", "--cached", "--no-renames", "--name-only") == "staged"
    (tag,) = Reader(repo).tags()
    assert (tag.name, tag.commit) == ("wine@v0.1.0", git("rev-parse", "HEAD"))
    assert Reader(repo).chain_log(ENV) == ["one"]
    assert set(Reader(repo).chain_files(ENV)) == {"log/1.json", "lease.json"}
    assert not list((repo / ".git").glob("mlspec-tmp-*"))
    git("fsck", "--strict")


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_step(project: Path, git: Git, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "MOMENT", 0.01)
    before = git("rev-parse", "HEAD")
    number = 0
    while kill_at(project, number, when):
        check_halfway(project, git, before)
        Writer(project).repair()
        publish(project)
        check_converged(project, git, before)
        start_over(git, before)
        number += 1
    assert number >= 15
    check_converged(project, git, before)


def start_over(git: Git, before: str) -> None:
    git("reset", "--quiet", "--soft", before)
    git("reset", "--quiet", "--", *PATHS)
    git("tag", "-d", "wine@v0.1.0")
    git("update-ref", "-d", ENV)


@pytest.mark.slow
def test_killed_with_its_gits_at_any_time(project: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "MOMENT", 0.05)
    before = git("rev-parse", "HEAD")
    start = time.monotonic()
    publish(project)
    whole = time.monotonic() - start
    seeded, locks = random.Random(7), 0
    for _ in range(30):
        check_converged(project, git, before)
        start_over(git, before)
        child = in_child(lambda: publish(project))
        time.sleep(seeded.uniform(0, whole))
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        locks += len(Writer(project).repair())
        check_halfway(project, git, before)
        publish(project)
    check_converged(project, git, before)
    print(f"30 kills, {locks} leftovers removed")
