"""Asking many supervisors: alive, dead, silent, and those that talk nonsense."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlspec.adapters.process.client import AT_ONCE, NoAnswer, NotRunning, ask, statuses
from mlspec.adapters.process.order import PROTOCOL, Refused

GOOD = json.dumps({"protocol": PROTOCOL, "running": None}).encode() + b"\n"
STATUS = {"command": "status"}


@contextmanager
def answering(folder: Path, answers: list[bytes | None]) -> Iterator[list[Path]]:
    """A socket for each answer; None is silence, no newline at the end is a connection that breaks."""
    folders = [folder / f"m{number}" for number in range(len(answers))]
    for path in folders:
        path.mkdir()
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        servers = [await start(path, answer) for path, answer in zip(folders, answers, strict=True)]
        ready.set()
        await over.wait()
        for server in servers:
            server.close()

    async def start(path: Path, answer: bytes | None) -> asyncio.Server:
        async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            if answer is None:
                await over.wait()
            else:
                writer.write(answer[:5])
                await asyncio.sleep(0.001)
                writer.write(answer[5:])
            writer.close()

        return await asyncio.start_unix_server(reply, path / "control.sock")

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield folders
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def test_many_are_asked_in_groups(tmp_path: Path) -> None:
    with answering(tmp_path, [GOOD] * (AT_ONCE + 50)) as folders:
        absent = tmp_path / "absent"
        found = dict(statuses([*folders, absent], 60))
    assert set(found) == set(folders)
    assert all(isinstance(answer, dict) for answer in found.values())


def test_the_silent_cost_one_deadline_together(tmp_path: Path) -> None:
    with answering(tmp_path, [None, GOOD, None, None]) as folders:
        began = time.monotonic()
        found = dict(statuses(folders, 2))
        assert time.monotonic() - began < 5, "one after the other they take 6 s"
    assert [isinstance(found[path], NoAnswer) for path in folders] == [True, False, True, True]


@pytest.mark.parametrize(
    "nonsense", [b"no JSON at all\n", b"[1, 2, 3]\n", b'"text"\n', b'{"protocol": 99}\n', b"\xff\xfe\xfd\xfc\xfb\xfa\n"]
)
def test_nonsense_is_no_answer_and_not_absence(tmp_path: Path, nonsense: bytes) -> None:
    with answering(tmp_path, [nonsense]) as (folder,):
        assert isinstance(dict(statuses([folder], 60))[folder], NoAnswer)
        with pytest.raises(NoAnswer):
            ask(folder, STATUS, 60)


def test_a_broken_answer_is_a_supervisor_that_just_ended(tmp_path: Path) -> None:
    with answering(tmp_path, [GOOD[:-1]]) as (folder,):
        assert dict(statuses([folder], 60)) == {}
        with pytest.raises(NotRunning):
            ask(folder, STATUS, 60)


def test_a_refusal_keeps_its_kind_and_lines(tmp_path: Path) -> None:
    line = json.dumps({"refused": "fence", "message": "too old", "lines": ["a", "b"]}).encode() + b"\n"
    with answering(tmp_path, [line]) as (folder,):
        with pytest.raises(Refused) as refusal:
            ask(folder, STATUS, 60)
        assert isinstance(dict(statuses([folder], 60))[folder], NoAnswer)
    assert (refusal.value.kind, refusal.value.message, refusal.value.lines) == ("fence", "too old", ("a", "b"))


def test_silence_ends_at_the_deadline(tmp_path: Path) -> None:
    with answering(tmp_path, [None]) as (folder,), pytest.raises(NoAnswer, match=r"0\.2 s"):
        ask(folder, STATUS, 0.2)
