"""The project's lock: one holder, released however the holder ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mlspec.adapters.lock import project_lock
from mlspec.errors import EXIT_HELD, LockHeld, MlspecError

HOLDER = """
import sys, time
from mlspec.adapters.lock import project_lock
with project_lock(sys.argv[1], verb="apply"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lock"


def test_held_lock_says_by_whom(lock: Path) -> None:
    with (
        project_lock(lock, verb="apply"),
        pytest.raises(LockHeld, match="another mlspec") as caught,
        project_lock(lock),
    ):
        pass
    assert caught.value.exit_code == EXIT_HELD
    assert f"pid {os.getpid()}" in caught.value.details
    assert "verb apply" in caught.value.details


def test_free_again_afterwards(lock: Path) -> None:
    for _ in range(2):
        with project_lock(lock):
            assert lock.read_text()
        assert lock.read_text() == ""


def test_free_again_after_an_error(lock: Path) -> None:
    with pytest.raises(ZeroDivisionError), project_lock(lock):
        raise ZeroDivisionError
    with project_lock(lock):
        pass


def test_waits_as_long_as_told(lock: Path) -> None:
    start = time.monotonic()
    with project_lock(lock), pytest.raises(LockHeld), project_lock(lock, wait=0.3):
        pass
    assert 0.3 <= time.monotonic() - start < 60


def test_gets_it_when_it_comes_free(lock: Path) -> None:
    entered = threading.Event()

    def hold() -> None:
        with project_lock(lock):
            entered.set()
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    with project_lock(lock, wait=60):
        pass
    holder.join()


def test_released_by_sigkill(lock: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockHeld) as caught, project_lock(lock):
            pass
        assert f"pid {holder.pid}" in caught.value.details
        holder.send_signal(signal.SIGKILL)
    with project_lock(lock, wait=60):
        pass


def test_programs_started_meanwhile_do_not_inherit_it(lock: Path) -> None:
    with project_lock(lock):
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with project_lock(lock):
            pass
    finally:
        child.kill()
        child.wait()


def test_a_deleted_file_that_we_waited_for_is_not_taken_for_the_lock(lock: Path) -> None:
    lock.parent.mkdir()
    lock.touch()
    old = os.open(lock, os.O_RDWR)
    fcntl.flock(old, fcntl.LOCK_EX)

    def replace() -> None:
        lock.unlink()
        os.close(old)

    threading.Timer(0.2, replace).start()
    with project_lock(lock, wait=60), pytest.raises(LockHeld), project_lock(lock):
        pass


def test_a_link_is_not_followed(lock: Path, tmp_path: Path) -> None:
    lock.parent.mkdir()
    (tmp_path / "victim").write_text("precious")
    lock.symlink_to(tmp_path / "victim")
    with pytest.raises(MlspecError, match="cannot be opened"), project_lock(lock):
        pass
    assert (tmp_path / "victim").read_text() == "precious"


def test_eight_processes_never_hold_it_together(tmp_path: Path) -> None:
    lock, counter = tmp_path / "lock", tmp_path / "counter"
    counter.write_text("0")
    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            try:
                for _ in range(10):
                    with project_lock(lock, wait=60):
                        counter.write_text(str(int(counter.read_text()) + 1))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    assert counter.read_text() == "80"
