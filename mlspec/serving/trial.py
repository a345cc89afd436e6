"""A first run of something risky in a forked child with limits, before the worker does the same itself."""

from __future__ import annotations

import os
import resource
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from mlspec.serving.errors import BundleError

SECONDS: Final = 60
MEMORY: Final = 4 << 30  # bytes on top of what the process has when it forks
LONGEST: Final = 4096


def try_in_child(action: Callable[[], object], what: str, *, seconds: int = SECONDS, memory: int = MEMORY) -> None:
    """Run the action in a child; raises BundleError where it fails, crashes, hangs or eats memory or CPU.

    A fork of a process that has imported everything costs milliseconds; a new interpreter would cost seconds.
    Limits are no sandbox: they end accidents and simple bombs, not an attacker whose type is trusted.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run(action, writer, seconds, memory)
    os.close(writer)
    try:
        message = _listen(reader, child, seconds)
    finally:
        os.close(reader)
        _, status = os.waitpid(child, 0)
    if status:
        raise BundleError(message or f"{what} {_ending(status, seconds)}")


def _run(action: Callable[[], object], writer: int, seconds: int, memory: int) -> NoReturn:
    code = 1
    try:
        _limit(seconds, memory)
        action()
        code = 0
    except MemoryError:
        os.write(writer, b"it needs more memory than the limit allows")
    except BaseException as error:  # noqa: BLE001 -- whatever it is, the parent reports it
        os.write(writer, _one_line(error).encode()[:LONGEST])
    finally:
        os._exit(code)


def _one_line(error: BaseException) -> str:
    text = str(error) if isinstance(error, BundleError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())


def _limit(seconds: int, memory: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    room = pages * resource.getpagesize() + memory
    limits = {
        resource.RLIMIT_AS: room,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (ceiling, ceiling))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.alarm(seconds)  # so that it ends too when the worker dies first


def _listen(reader: int, child: int, seconds: int) -> str:
    """What the child writes until it ends; a child that ignores its own alarm is killed."""
    poll = select.poll()
    poll.register(reader)
    if not poll.poll((seconds + 2) * 1000):
        os.kill(child, signal.SIGKILL)
        return f"it took longer than {seconds} s"
    return os.read(reader, LONGEST).decode(errors="replace")


def _ending(status: int, seconds: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"ended with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    if number in {signal.SIGALRM, signal.SIGXCPU}:
        return f"took longer than {seconds} s"
    return f"crashed ({signal.Signals(number).name})"
