"""What all Leases do: the same tests for the fake and for git with a bare repository, by a clock that we turn."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Protocol

import pytest
from fakes.git import FakeGit, FakeOrigin
from fakes.leases import TTL, FakeBoard, FakeLease, FakeLeases, FakeTime

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.lease import GitLeases
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.writer import Writer
from mlspec.errors import LeaseLost, LockHeld, MlspecError
from mlspec.ports.git import GitWriter

ENV = "refs/mlspec/env/production"
SHORT = TTL / 10


class World(Protocol):
    """Machines `ada` and `ben` that share an origin whose main has two commits."""

    time: FakeTime
    older: str
    newer: str

    def leases(self, host: str) -> FakeLeases | GitLeases: ...

    def writer(self, host: str) -> GitWriter: ...

    def events(self) -> list[str]:
        """The records of production's chain at origin, newest first."""
        ...

    def cut(self, host: str, down: bool) -> None:
        """Cut origin off, or bring it back."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.older, self.newer = "a" * 40, "b" * 40
        self.time = FakeTime()
        self.board = FakeBoard(self.time, newer={(self.newer, self.older)})
        self.origin = FakeOrigin()
        first = FakeGit(origin=self.origin)
        first.push("main")
        self.gits = {"ada": first, "ben": FakeGit(origin=self.origin)}

    def leases(self, host: str) -> FakeLeases:
        return FakeLeases(self.board, host, self.gits[host])

    def writer(self, host: str) -> GitWriter:
        return self.gits[host]

    def events(self) -> list[str]:
        reader = FakeGit(origin=self.origin)
        reader.fetch()
        return list(reader.chain_log(ENV))

    def cut(self, host: str, down: bool) -> None:
        del host
        self.board.down = down


class RealWorld:
    def __init__(self, repo: Path, remote: Path, tmp_path: Path) -> None:
        self.time = FakeTime()
        self.remote = remote
        self.older = self._git(repo, "rev-parse", "HEAD")
        self._git(repo, "commit", "--quiet", "--allow-empty", "-m", "second")
        self._git(repo, "push", "--quiet")
        self.newer = self._git(repo, "rev-parse", "HEAD")
        self._git(tmp_path, "clone", "--quiet", str(remote), "ben")
        self.folders = {"ada": repo, "ben": tmp_path / "ben"}

    def _git(self, folder: Path, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def leases(self, host: str) -> GitLeases:
        timing = Timing(TTL, self.time.now, self.time.sleep, beats=False)
        return GitLeases(Command(self.folders[host]), host, timing)

    def writer(self, host: str) -> GitWriter:
        return Writer(self.folders[host])

    def events(self) -> list[str]:
        log = self._git(self.remote, "log", "--format=%s", "--invert-grep", "--grep=^mlspec lease", ENV)
        return log.splitlines()

    def cut(self, host: str, down: bool) -> None:
        address = "/nowhere" if down else str(self.remote)
        self._git(self.folders[host], "remote", "set-url", "origin", address)


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "fake":
        return FakeWorld()
    return RealWorld(request.getfixturevalue("repo"), request.getfixturevalue("remote"), tmp_path)


def take(world: World, host: str, **more: float) -> FakeLease | HeldLease:
    return world.leases(host).acquire("production", world.newer, **more)  # type: ignore[arg-type]


def test_fences_count_up_even_where_nothing_was_recorded(world: World) -> None:
    fences = []
    for host in ("ada", "ben", "ben", "ada"):
        lease = take(world, host)
        lease.check()
        lease.release()
        fences.append(lease.fence)
    assert fences == [1, 2, 3, 4]


def test_a_fence_is_above_what_was_seen_elsewhere(world: World) -> None:
    first = take(world, "ada", above=41)
    first.release()
    assert (first.fence, take(world, "ben", above=7).fence) == (42, 43)


def test_a_lease_that_is_held_is_waited_for_and_then_refused_with_its_holder(world: World) -> None:
    mine = take(world, "ada")
    for at in range(1, 30):
        world.time.later(at * SHORT, mine.renew)
    began = world.time.now()
    with pytest.raises(LockHeld, match="production: ada") as caught:
        take(world, "ben", wait=2 * TTL)
    assert 2 * TTL <= world.time.now() - began < 2 * TTL + 5
    assert world.newer[:12] in caught.value.details[0]
    assert f"{2 * TTL:.0f} s" in caught.value.details[0]
    assert caught.value.exit_code == 4
    mine.check()


def test_without_waiting_the_refusal_comes_at_once(world: World) -> None:
    take(world, "ada")
    began = world.time.now()
    with pytest.raises(LockHeld):
        take(world, "ben", wait=0)
    assert world.time.now() == began


def test_it_is_had_as_soon_as_it_is_released(world: World) -> None:
    mine = take(world, "ada")
    world.time.later(SHORT, mine.release)
    began = world.time.now()
    assert take(world, "ben").fence == 2
    assert SHORT <= world.time.now() - began < SHORT + 10


def test_a_dead_holder_is_followed_after_the_life_of_its_lease_and_not_before(world: World) -> None:
    dead = take(world, "ada")
    began = world.time.now()
    heir = take(world, "ben")
    assert TTL <= world.time.now() - began < TTL + 3
    assert heir.fence == dead.fence + 1
    heir.check()


def test_who_was_followed_may_do_nothing_more(world: World) -> None:
    stale = world.leases("ada")
    lost = stale.acquire("production", world.newer)
    heir = take(world, "ben")
    world.writer("ada").append(ENV, {"models/wine.json": b"{}"}, "stale")
    with pytest.raises(LeaseLost) as caught:
        lost.check()
    assert caught.value.exit_code == 4
    with pytest.raises(LeaseLost):
        stale.push("main")
    lost.release()
    heir.check()
    assert "stale" not in world.events()


def test_a_holder_that_was_late_but_not_followed_goes_on(world: World) -> None:
    mine = take(world, "ada")
    world.time.sleep(10 * TTL)
    mine.check()


def test_a_holder_that_cannot_renew_stops_before_others_start(world: World) -> None:
    mine = take(world, "ada")
    world.cut("ada", down=True)
    world.time.sleep(TTL / 2)
    mine.check()
    world.time.sleep(TTL / 3)
    with pytest.raises(LeaseLost, match="could not be renewed in time"):
        mine.check()
    mine.release()
    world.cut("ada", down=False)


def test_an_origin_that_is_away_is_an_error(world: World) -> None:
    world.cut("ada", down=True)
    with pytest.raises(MlspecError, match="origin does not answer"):
        take(world, "ada")


def test_an_older_revision_stops_at_once_where_a_newer_one_is_at_work(world: World) -> None:
    take(world, "ada")
    began = world.time.now()
    with pytest.raises(LockHeld, match="newer revision of production"):
        world.leases("ben").acquire("production", world.older)
    assert world.time.now() == began


def test_an_older_revision_stops_where_a_newer_one_was_applied(world: World) -> None:
    take(world, "ada").release()
    with pytest.raises(LockHeld, match="newer revision of production"):
        world.leases("ben").acquire("production", world.older)


def test_a_newer_revision_waits_for_an_older_one(world: World) -> None:
    old = world.leases("ada").acquire("production", world.older)
    world.time.later(SHORT, old.release)
    assert take(world, "ben").fence == 2


def test_environments_are_apart(world: World) -> None:
    ours = world.leases("ada")
    production, staging = (ours.acquire(name, world.newer) for name in ("production", "staging"))
    production.release()
    staging.check()
    with pytest.raises(LockHeld):
        world.leases("ben").acquire("staging", world.newer, wait=0)


def test_a_push_publishes_the_records_and_the_lease_stays(world: World) -> None:
    ours = world.leases("ada")
    lease = ours.acquire("production", world.newer)
    for number in (1, 2):
        world.writer("ada").append(ENV, {"models/wine.json": b"%d" % number}, f"event {number}")
        ours.push("main")
        lease.check()
        with pytest.raises(LockHeld):
            take(world, "ben", wait=0)
    lease.release()
    assert world.events() == ["event 2", "event 1"]
    assert take(world, "ben").fence == 2


def test_who_takes_it_over_has_the_others_records(world: World) -> None:
    ours = world.leases("ada")
    ours.acquire("production", world.newer)
    world.writer("ada").append(ENV, {"models/wine.json": b"1"}, "event 1")
    ours.push("main")
    theirs = world.leases("ben")
    heir = theirs.acquire("production", world.newer)
    world.writer("ben").fetch()
    world.writer("ben").append(ENV, {"models/wine.json": b"2"}, "event 2")
    theirs.push("main")
    heir.check()
    assert world.events() == ["event 2", "event 1"]


def test_released_leases_guard_nothing(world: World) -> None:
    ours = world.leases("ada")
    ours.acquire("production", world.newer).release()
    take(world, "ben").release()
    ours.push("main")


def test_releasing_twice_is_releasing_once(world: World) -> None:
    mine = take(world, "ada")
    mine.release()
    other = take(world, "ben")
    mine.release()
    other.check()
    with pytest.raises(LeaseLost):
        mine.check()
