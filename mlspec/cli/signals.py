"""Interruptions: Ctrl-C and SIGTERM end the work in an orderly way, and once more does not cut that short."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_MESSAGE: Final = b"\nputting things back; once more to stop at once\n"


class _Interruptions:
    """The first one and the third raise KeyboardInterrupt; the second only says what is being done."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.count += 1
        if self.count != 2:
            raise KeyboardInterrupt
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _MESSAGE)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM raise KeyboardInterrupt within; one that our caller had us ignore is ignored still."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _Interruptions()
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.getsignal(number) for number in usual}
    ours = [number for number, expected in usual.items() if before[number] == expected]
    for number in ours:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in ours:
            # After an interruption the program is on its way out: a late Ctrl-C must not turn its exit code around.
            signal.signal(number, signal.SIG_IGN if handler.count else before[number])
