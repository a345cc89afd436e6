"""Leases on origin: answers that get lost, rules of servers, chains, hooks, threads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.leases import FakeTime
from fakes.processes import eventually

from mlspec.adapters.git import sending, whereabouts
from mlspec.adapters.git.chain import OriginChain
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.lease import GitLeases, open_leases
from mlspec.adapters.git.marks import Mark, parse
from mlspec.adapters.git.process import Done
from mlspec.adapters.git.reader import Reader
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.whereabouts import clone_name, is_alive
from mlspec.adapters.git.wire import Wire
from mlspec.adapters.git.writer import Writer
from mlspec.errors import LeaseLost, LockHeld, MlspecError, Superseded
from mlspec.reconciler.chains import read_events

Git = Callable[..., str]
Swap = Callable[[OriginChain, str, str, float], Done]
ENV = "refs/mlspec/env/production"
TWIN = "refs/mlspec-remote/env/production"
TTL = 60.0
LOST = Done(128, b"", "fatal: the remote end hung up unexpectedly")


def at(folder: Path, *args: str) -> str:
    """The output of git in a folder."""
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


class Machine:
    """A clone with leases by a clock that we turn."""

    def __init__(self, folder: Path, name: str, time: FakeTime) -> None:
        self.folder = folder
        self.time = time
        self.writer = Writer(folder)
        self.leases = GitLeases(Command(folder), name, Timing(TTL, time.now, time.sleep, beats=False))

    def head(self) -> str:
        return at(self.folder, "rev-parse", "HEAD")

    def acquire(self, **more: float):
        return self.leases.acquire("production", self.head(), **more)

    def record(self, event: str) -> str:
        return self.writer.append(ENV, {"models/wine.json": json.dumps(event).encode()}, json.dumps({"time": event}))

    def commit(self, name: str) -> str:
        (self.folder / name).write_text(name)
        at(self.folder, "add", name)
        at(self.folder, "commit", "--quiet", "-m", name)
        return self.head()


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def ada(repo: Path, remote: Path, clock: FakeTime) -> Machine:
    return Machine(repo, "ada", clock)


@pytest.fixture
def ben(ada: Machine, remote: Path, tmp_path: Path, clock: FakeTime) -> Machine:
    at(tmp_path, "clone", "--quiet", str(remote), "ben")
    return Machine(tmp_path / "ben", "ben", clock)


def tip(remote: Path) -> str:
    return at(remote, "rev-parse", ENV)


def chain(remote: Path) -> list[str]:
    """The first words of the chain's messages at origin, newest first."""
    subjects = at(remote, "log", "--format=%s", ENV).splitlines()
    return ["mark" if line.startswith("mlspec lease ") else line for line in subjects]


def refuse_all(remote: Path) -> None:
    """From now on the server takes nothing."""
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no leases here >&2\nexit 1\n")
    hook.chmod(0o755)


class Wires:
    """Loses the acknowledgement of swaps, or the swaps themselves until later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plans: list[str] = []
        self.late: list[Callable[[], Done]] = []
        self.swap: Swap = OriginChain.swap
        wires = self

        def swap(chain: OriginChain, old: str, new: str, limit: float = TTL) -> Done:
            plan = wires.plans.pop(0) if wires.plans else ""
            if plan == "unheard":
                wires.swap(chain, old, new, limit)
            elif plan == "late":
                wires.late.append(lambda: wires.swap(chain, old, new, limit))
            return LOST if plan else wires.swap(chain, old, new, limit)

        monkeypatch.setattr(OriginChain, "swap", swap)

    def arrive(self) -> None:
        """What was late arrives."""
        for call in self.late:
            call()
        self.late.clear()


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Wires:
    return Wires(monkeypatch)


class TestLostAnswers:
    def test_of_an_acquisition(self, ada: Machine, wires: Wires) -> None:
        wires.plans = ["unheard"]
        assert ada.acquire().fence == 1

    def test_of_an_acquisition_that_comes_late(self, ada: Machine, clock: FakeTime, wires: Wires) -> None:
        wires.plans = ["late"]
        clock.later(0.01, wires.arrive)
        lease = ada.acquire()
        lease.check()
        assert lease.fence == 1

    def test_of_a_renewal(self, ada: Machine, ben: Machine, clock: FakeTime, wires: Wires) -> None:
        lease = ada.acquire()
        clock.sleep(TTL)
        wires.plans = ["unheard"]
        lease.check()
        with pytest.raises(LockHeld):
            ben.acquire(wait=0)

    def test_of_a_renewal_that_comes_late(self, ada: Machine, wires: Wires) -> None:
        lease = ada.acquire()
        wires.plans = ["late"]
        assert lease.renew() is False
        wires.arrive()
        assert lease.renew() is False  # its place was taken by the late one, which is ours
        assert lease.renew() is True
        lease.check()

    def test_a_late_renewal_counts_from_when_it_was_sent(self, ada: Machine, clock: FakeTime, wires: Wires) -> None:
        lease = ada.acquire()
        wires.plans = ["late"]
        lease.renew()
        clock.sleep(TTL)
        wires.arrive()
        wires.plans = ["gone", "gone"]
        lease.renew()
        with pytest.raises(LeaseLost, match="could not be renewed in time"):
            lease.check()

    def test_of_a_release(self, ada: Machine, ben: Machine, wires: Wires) -> None:
        lease = ada.acquire()
        wires.plans = ["unheard"]
        lease.release()
        assert ben.acquire(wait=0).fence == 2

    def test_a_release_is_tried_twice(self, ada: Machine, ben: Machine, wires: Wires) -> None:
        lease = ada.acquire()
        wires.plans = ["gone"]
        lease.release()
        assert ben.acquire(wait=0).fence == 2

    def test_of_a_guarded_push(self, ada: Machine, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lease = ada.acquire()
        record = ada.record("one")
        head = ada.commit("new")
        call = sending.call
        monkeypatch.setattr(sending, "call", lambda *args: call(*args) and LOST if args[1] == "push" else call(*args))
        ada.leases.push("main")
        lease.check()
        assert at(remote, "rev-parse", f"{ENV}^", "main").split() == [record, head]

    def test_a_guarded_push_finds_a_late_renewal_in_its_way(self, ada: Machine, remote: Path, wires: Wires) -> None:
        lease = ada.acquire()
        ada.record("one")
        wires.plans = ["late"]
        lease.renew()
        wires.arrive()
        ada.leases.push("main")
        lease.check()
        assert len(chain(remote)) == 2

    def test_a_guarded_push_that_gets_nowhere(self, ada: Machine, remote: Path, monkeypatch) -> None:
        lease = ada.acquire()
        ada.record("one")
        call = sending.call
        monkeypatch.setattr(sending, "call", lambda *args: LOST if args[1] == "push" else call(*args))
        with pytest.raises(MlspecError, match="origin does not answer"):
            ada.leases.push("main")
        lease.check()
        assert chain(remote) == ["mark"]


class TestChains:
    def test_grow_by_records_alone(self, ada: Machine, remote: Path) -> None:
        lease = ada.acquire()
        assert chain(remote) == ["mark"]
        first = ada.record("one")
        for _ in range(3):
            lease.renew()
            ada.leases.push("main")
        assert chain(remote) == ["mark", '{"time": "one"}']
        assert at(remote, "rev-parse", f"{ENV}^") == first
        assert at(remote, "rev-parse", f"{ENV}^{{tree}}") == at(remote, "rev-parse", f"{first}^{{tree}}")
        lease.release()
        assert chain(remote) == ["mark", '{"time": "one"}']

    def test_here_have_no_marks(self, ada: Machine, ben: Machine) -> None:
        ada.acquire()
        ben.writer.fetch()
        reader = Reader(ben.folder)
        assert at(ben.folder, "for-each-ref", "refs/mlspec") == ""
        assert (reader.chain_files(TWIN), read_events(reader, ["production"])) == ({}, [])
        record = ada.record("one")
        ada.leases.push("main")
        ben.writer.fetch()
        assert at(ben.folder, "rev-parse", ENV) == record
        assert [event["time"] for event in read_events(reader, ["production"])] == ["one"]

    def test_fetched_marks_and_all_lose_them_with_the_next_fetch(self, ada: Machine, ben: Machine) -> None:
        """As by a plain `git fetch` of refs/mlspec/*."""
        ada.record("one")
        ada.acquire()
        ada.leases.push("main")
        at(ben.folder, "fetch", "--quiet", "origin", f"+{ENV}:{ENV}")
        record = ada.record("two")
        ada.leases.push("main")
        ben.writer.fetch()
        assert at(ben.folder, "rev-parse", ENV) == record

    def test_of_two_who_both_recorded_are_joined_by_who_gets_the_lease(self, ada, ben, remote: Path) -> None:
        ada.record("one")
        ada.writer.push("main")
        ben.record("two")
        ben.acquire().check()
        ben.leases.push("main")
        assert chain(remote) == ["mark", '{"time": "two"}', '{"time": "one"}']

    def test_built_on_a_mark_by_a_program_that_knows_none(self, ada: Machine, ben: Machine, remote: Path) -> None:
        lease = ada.acquire(above=8)
        ada.record("one")
        ada.leases.push("main")
        lease.release()
        at(ben.folder, "fetch", "--quiet", "origin", f"+{ENV}:{ENV}")
        ben.record("two")
        at(ben.folder, "push", "--quiet", "origin", ENV)
        again = ada.acquire()
        assert again.fence == 10
        assert chain(remote) == ["mark", '{"time": "two"}', "mark", '{"time": "one"}']

    def test_whose_ref_was_deleted_is_lost(self, ada: Machine, remote: Path) -> None:
        lease = ada.acquire()
        at(remote, "update-ref", "-d", ENV)
        lease.renew()
        with pytest.raises(LeaseLost, match="its mark at origin is gone"):
            lease.check()

    def test_whose_mark_cannot_be_read_is_held_by_somebody(self, ada: Machine, clock: FakeTime) -> None:
        text = "mlspec lease 6, held by the future\n\n{}\n"
        mark = at(ada.folder, "commit-tree", "HEAD^{tree}", "-m", text)
        at(ada.folder, "push", "--quiet", "origin", f"{mark}:{ENV}")
        began = clock.now()
        assert ada.acquire().fence == 7
        assert clock.now() - began >= 60


class TestPushesWithoutTheLease:
    def test_are_refused_whole_while_another_has_it(self, ada: Machine, ben: Machine, remote: Path) -> None:
        ada.acquire()
        ben.writer.fetch()
        ben.record("mine")
        ben.commit("new")
        before = at(remote, "show-ref")
        with pytest.raises(LockHeld, match=r"production: ada \(pid \d+\)"):
            ben.writer.push("main")
        assert at(remote, "show-ref") == before

    def test_by_plain_git_are_refused_by_git(self, ada: Machine, ben: Machine) -> None:
        ada.record("one")
        ada.writer.push("main")
        ben.writer.fetch()
        ada.acquire()
        ben.record("two")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            at(ben.folder, "push", "--porcelain", "origin", ENV)
        assert "[rejected]" in caught.value.stdout

    def test_of_a_branch_alone_go_through(self, ada: Machine, ben: Machine, remote: Path) -> None:
        ada.record("one")
        ada.acquire()
        ada.leases.push("main")
        ben.writer.fetch()
        head = ben.commit("new")
        ben.writer.push("main")
        assert at(remote, "rev-parse", "main") == head

    def test_where_it_is_free_keep_the_fence(self, ada: Machine, ben: Machine, remote: Path) -> None:
        ada.acquire(above=4).release()
        ben.record("one")
        ben.writer.push("main")
        assert chain(remote) == ["mark", '{"time": "one"}']
        assert ada.acquire().fence == 6

    def test_that_know_too_little_are_told_to_run_again(self, ada: Machine, ben: Machine, remote: Path) -> None:
        ada.acquire().release()
        ada.record("one")
        ada.writer.push("main")
        ben.record("two")
        with pytest.raises(MlspecError, match="moved on origin meanwhile"):
            ben.writer.push("main")
        ben.writer.push("main")
        assert chain(remote) == ["mark", '{"time": "two"}', '{"time": "one"}']

    def test_that_have_nothing_new_leave_the_chain_alone(self, ada: Machine, ben: Machine) -> None:
        ada.record("one")
        ada.writer.push("main")
        ben.writer.fetch()
        lease = ada.acquire()
        ada.record("two")
        ada.leases.push("main")
        ben.writer.push("main")
        lease.check()

    def test_lose_the_race_for_a_mark(self, ada: Machine, ben: Machine, remote: Path, monkeypatch) -> None:
        ada.acquire().release()
        ben.record("one")
        call = sending.call

        def late(*args: str) -> Done:
            if args[1] == "push":
                ada.acquire()
            return call(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(sending, "call", late)
        with pytest.raises(LockHeld, match="production: ada"):
            ben.writer.push("main")
        assert chain(remote) == ["mark"]


class TestGuardedPushes:
    def test_that_lose_the_race_for_the_branch_change_nothing_and_keep_the_lease(self, ada, ben, remote) -> None:
        lease = ada.acquire()
        ada.record("one")
        ada.commit("mine")
        ben.commit("theirs")
        at(ben.folder, "push", "--quiet", "origin", "main")
        before = tip(remote)
        with pytest.raises(MlspecError, match="main moved on origin meanwhile"):
            ada.leases.push("main")
        assert tip(remote) == before
        lease.check()
        lease.release()
        assert ben.acquire(wait=0).fence == 2

    def test_of_two_environments_are_refused_by_either(self, ada: Machine, ben: Machine, remote: Path, clock) -> None:
        ada.leases.acquire("staging", ada.head())
        clock.sleep(TTL / 2)
        ada.acquire()
        ben.leases.acquire("staging", ben.head())
        ada.record("one")
        ada.commit("new")
        before = at(remote, "show-ref")
        with pytest.raises(LeaseLost, match=r"staging is lost: taken over by ben \(pid \d+\), fence 2"):
            ada.leases.push("main")
        assert at(remote, "show-ref") == before

    def test_ask_the_users_hook_once_and_before(self, ada: Machine, remote: Path, tmp_path: Path) -> None:
        ada.acquire()
        hook = ada.folder / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\ntest ! -e {tmp_path}/refuse\n")
        hook.chmod(0o755)
        ada.commit("new")
        ada.leases.push("main")
        assert (tmp_path / "asked").read_text() == "asked\n"
        (tmp_path / "refuse").touch()
        ada.record("one")
        ada.commit("newer")
        before = at(remote, "show-ref")
        with pytest.raises(MlspecError, match="the hook pre-push refused"):
            ada.leases.push("main")
        assert at(remote, "show-ref") == before


class TestRulesOfServers:
    def test_for_shared_repositories_are_about_branches(self, ada: Machine, ben: Machine, remote: Path) -> None:
        at(remote, "config", "receive.denyNonFastForwards", "true")
        at(remote, "config", "receive.denyDeletes", "true")
        lease = ada.acquire()
        assert lease.renew()
        lease.release()
        assert ben.acquire(wait=0).fence == 2

    def test_that_end_a_lease_are_told(self, ada: Machine, remote: Path, clock: FakeTime) -> None:
        lease = ada.acquire()
        refuse_all(remote)
        clock.sleep(TTL)
        with pytest.raises(LeaseLost, match="could not be renewed in time: remote: no leases here"):
            lease.check()
        lease.release()

    def test_none_may_be_made(self, ada: Machine, remote: Path) -> None:
        refuse_all(remote)
        with pytest.raises(MlspecError, match="origin does not take the lease") as caught:
            ada.acquire()
        assert any("no leases here" in line for line in caught.value.details)


class TestRevisions:
    def test_that_left_origins_branches_do_not_win(self, ada: Machine, ben: Machine) -> None:
        older = ada.head()
        ada.commit("bad")
        at(ada.folder, "push", "--quiet", "origin", "main")
        ada.acquire().release()
        at(ada.folder, "push", "--quiet", "--force", "origin", f"{older}:main")
        at(ben.folder, "fetch", "--quiet", "origin")
        assert ben.acquire().fence == 2

    def test_are_fetched_to_be_compared(self, ada: Machine, ben: Machine) -> None:
        ada.commit("new")
        at(ada.folder, "push", "--quiet", "origin", "main")
        ada.acquire()
        with pytest.raises(
            Superseded, match=f"a newer revision of production, {ada.head()[:12]}, is being applied by ada"
        ):
            ben.acquire()

    def test_that_nobody_published_are_waited_for(self, ada: Machine, ben: Machine) -> None:
        ada.commit("mine alone")
        ada.acquire()
        with pytest.raises(LockHeld, match="at work on production: ada"):
            ben.acquire(wait=5)


class TestTheThread:
    def test_renews_until_the_release(self, repo: Path, remote: Path, git: Git) -> None:
        lease = GitLeases(Command(repo), "ada", Timing(ttl=6.0)).acquire("production", git("rev-parse", "HEAD"))
        first = tip(remote)
        eventually(lambda: tip(remote) != first)
        lease.check()
        lease.release()
        assert chain(remote) == ["mark"]
        assert "mlspec-lease" not in [thread.name for thread in threading.enumerate()]

    def test_ends_with_the_lease(self, repo: Path, remote: Path, git: Git) -> None:
        lease = GitLeases(Command(repo), "ada", Timing(ttl=0.6)).acquire("production", git("rev-parse", "HEAD"))
        at(remote, "update-ref", "-d", ENV)
        eventually(lambda: "mlspec-lease" not in [thread.name for thread in threading.enumerate()])
        with pytest.raises(LeaseLost):
            lease.check()

    def test_git_that_hangs_is_ended(self, repo: Path) -> None:
        began = time.monotonic()
        done = Wire(Command(repo)).attempt("-c", "alias.hang=!sleep 60", "hang", limit=0.3)
        assert time.monotonic() - began < 50
        assert (done.status, done.err) == (-1, "no answer within 0.3 seconds")


def test_two_marks_that_say_the_same_are_two_commits(ada: Machine, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_DATE", "1700000000 +0000")
    found = OriginChain(Wire(Command(ada.folder)), "production")
    mark = Mark(1, "r", "ada", 7, 60.0)
    first, second = (found.write(mark, "") for _ in range(2))
    assert first != second
    assert parse(git("cat-file", "commit", first).partition("\n\n")[2]) == mark


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"fence": null}', '{"fence": 1, "ttl": 1e999}'])
def test_an_unreadable_mark_is_somebodys(document: str) -> None:
    mark = parse(f"mlspec lease 5, held\n\n{document}\n")
    assert (mark.held, mark.fence, mark.ttl) == (True, 5, 60.0)


def test_a_mark_cannot_last_for_ever() -> None:
    assert parse(Mark(1, "r", "ada", 7, 1e9).message()).ttl == 3600


def test_names_that_are_none_are_refused(ada: Machine) -> None:
    with pytest.raises(MlspecError, match="not the name of a chain"):
        ada.leases.acquire("../heads/main", ada.head())


def test_without_an_origin_only_fences_are_counted(repo: Path) -> None:
    leases = open_leases(Command(repo), "here")
    first = leases.acquire("production", "r", above=3)
    first.check()
    first.release()
    assert (first.fence, leases.acquire("production", "r").fence) == (4, 5)
    with pytest.raises(MlspecError, match="there is no remote"):
        leases.push("main")


def test_with_an_origin_leases_are_there(ada: Machine) -> None:
    assert isinstance(open_leases(Command(ada.folder), "here"), GitLeases)


class TestTheSameClone:
    """`open_leases` is called under the clone's lock, so whoever had the lease there before is over."""

    def mark(self, ada: Machine, **more: object) -> None:
        """A lease that was left behind at origin."""
        values = {"fence": 7, "revision": "", "host": "ada", "pid": 2**22 + 1, "ttl": TTL, "clone": "here"}
        found = OriginChain(Wire(Command(ada.folder)), "production")
        assert found.swap("", found.write(Mark(**{**values, **more}), "")).status == 0  # type: ignore[arg-type]

    def leases(self, ada: Machine, clone: str = "here") -> GitLeases:
        return GitLeases(Command(ada.folder), "ada", Timing(TTL, ada.time.now, ada.time.sleep, beats=False), clone)

    def test_follows_its_dead_at_once(self, ada: Machine) -> None:
        self.mark(ada)
        before = ada.time.now()
        assert self.leases(ada).acquire("production", ada.head()).fence == 8
        assert ada.time.now() == before

    @pytest.mark.parametrize(
        ("left", "clone"),
        [({"pid": os.getpid()}, "here"), ({"clone": "there"}, "here"), ({"clone": ""}, "")],
        ids=["alive", "elsewhere", "unknown"],
    )
    def test_but_nobody_else(self, ada: Machine, left: dict[str, object], clone: str) -> None:
        self.mark(ada, **left)
        with pytest.raises(LockHeld):
            self.leases(ada, clone).acquire("production", ada.head(), wait=1)

    def test_is_known_by_its_folder(self, ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(ada.folder, tmp_path / "copy", symlinks=True)
        names = {clone_name(ada.folder), clone_name(str(ada.folder)), clone_name(tmp_path / "copy")}
        assert len(names) == 2
        monkeypatch.setattr(whereabouts, "_BOOT", tmp_path / "nothing")
        assert clone_name(ada.folder) == ""
        assert (is_alive(os.getpid()), is_alive(1), is_alive(2**22 + 1)) == (True, True, False)
