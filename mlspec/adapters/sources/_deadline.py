"""Fetching that ends in time, by libraries that know no limit for the whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar
from uuid import uuid4

from mlspec.errors import MlspecError

Found = TypeVar("Found")
Check = Callable[[], None]
"""Called now and then while data comes; raises once nobody waits for it any more."""


def fetch_within(seconds: float, who: str, into: str, write: Callable[[Path, Check], Found]) -> Found:
    """What `write` returns once it wrote the file `into`; MlspecError where that takes longer, or whatever it raises.

    It works in a thread, beside the file: a server that hangs holds up nobody, and what comes too late is in no way.
    """
    late, place, answer = Event(), Path(f"{into}.{uuid4().hex}"), Future[Found]()
    error = MlspecError(f"{who} took longer than {seconds:g} s", hint="raise `timeout`")

    def check() -> None:
        if late.is_set():
            raise error

    def work() -> None:
        try:
            answer.set_result(write(place, check))
        except BaseException as failed:  # noqa: BLE001 - raised where it is waited for
            answer.set_exception(failed)
        finally:
            if late.is_set():
                place.unlink(missing_ok=True)

    for stray in place.parent.glob(f"{Path(into).name}.*"):  # what a death left
        stray.unlink()
    Thread(target=work, daemon=True).start()
    try:
        found = answer.result(seconds)
        place.replace(into)
    except TimeoutError:
        raise (answer.exception() if answer.done() else None) or error from None
    finally:
        late.set()
        place.unlink(missing_ok=True)
    return found
