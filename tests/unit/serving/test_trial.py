"""The first run in a child: every bad end becomes one message, and the parent lives on."""

from __future__ import annotations

import faulthandler
import os
import signal
import time

import psutil
import pytest

from mlspec.serving.errors import BundleError
from mlspec.serving.trial import try_in_child


def fail() -> None:
    """An error of two lines."""
    raise ValueError("one\ntwo")


def refuse() -> None:
    """An error that is already fit to be read."""
    raise BundleError("it is bad")


def test_what_works_is_silent_and_leaves_no_child() -> None:
    before = set(psutil.Process().children())
    try_in_child(lambda: None, "it")
    assert set(psutil.Process().children()) <= before


def crash() -> None:
    """The end of a process that reads past its memory, without pytest's report of it."""
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (fail, "^ValueError: one two$"),
        (refuse, "^it is bad$"),
        (crash, r"^it crashed \(SIGSEGV\)$"),
        (lambda: os._exit(3), "^it ended with status 3$"),
        (lambda: bytearray(1 << 40), "more memory than the limit"),
    ],
    ids=["error", "refusal", "crash", "exit", "memory"],
)
def test_bad_ends_are_told(action, says) -> None:
    with pytest.raises(BundleError, match=says):
        try_in_child(action, "it", seconds=60)


def test_one_that_hangs_is_ended() -> None:
    with pytest.raises(BundleError, match=r"^it took longer than 1 s$"):
        try_in_child(lambda: time.sleep(30), "it", seconds=1)


def test_a_child_that_ignores_its_alarm_is_killed() -> None:
    def stubborn() -> None:
        signal.alarm(0)
        time.sleep(60)

    started = time.monotonic()
    with pytest.raises(BundleError, match="took longer than 1 s"):
        try_in_child(stubborn, "it", seconds=1)
    assert time.monotonic() - started < 50
