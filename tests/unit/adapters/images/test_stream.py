"""The engine's messages as lines: whole, plain, without chatter; and what an error shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mlspec.adapters.images.stream import KEPT, Log, Messages, plain


def told(*messages: Mapping[str, Any]) -> Messages:
    yield from messages


def read(*messages: Mapping[str, Any]) -> tuple[Log, list[str]]:
    said: list[str] = []
    return Log(said.append).follow(told(*messages)), said


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("10%\r50%\rdone\r", "done"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("bell\x07 and \x1b[2K\x1b[1Gtab\tkept  ", "bell and tab\tkept"),
    ],
)
def test_a_line_is_plain(raw: str, shown: str) -> None:
    assert plain(raw) == shown


def test_lines_come_whole_whatever_the_pieces() -> None:
    _, said = read({"stream": "one\ntw"}, {"stream": "o\n"}, {"stream": "\n"}, {"stream": "last"})
    assert said == ["one", "two", "last"]


def test_progress_and_chatter_are_left_out() -> None:
    _, said = read(
        {"status": "Pulling from x", "id": "1"},
        {"status": "Downloading", "progressDetail": {"current": 1}, "id": "abc"},
        {"status": "Pull complete", "progressDetail": {}, "id": "abc"},
        {"stream": "Step 1/2 : RUN x\n ---> Running in 0123456789ab\n ---> Using cache\n ---> 0123456789ab\n"},
        {"stream": "Removing intermediate container 0123456789ab\n"},
    )
    assert said == ["Pulling from x", "Step 1/2 : RUN x", " ---> Using cache"]


def test_an_error_shows_the_last_lines_of_its_step() -> None:
    log, _ = read(
        {"stream": "Step 1/2 : RUN a\nfrom a\nStep 2/2 : RUN b\n"},
        {"stream": "".join(f"line {number}\n" for number in range(100))},
        {"errorDetail": {"message": "bad"}, "error": "bad\n"},
    )
    assert (log.step, log.error) == ("Step 2/2 : RUN b", "bad")
    assert log.tail == ("Step 2/2 : RUN b", *(f"line {number}" for number in range(100 - KEPT, 100)))


def test_what_is_told_of_the_result_is_kept() -> None:
    log, _ = read({"aux": {"ID": "sha256:1"}}, {"aux": {"ID": "sha256:2"}}, {"aux": {"Digest": "d", "Size": 5}})
    assert log.aux == {"ID": "sha256:2", "Digest": "d", "Size": "5"}


def test_interrupted_the_stream_is_closed() -> None:
    closed: list[bool] = []

    def endless() -> Messages:
        try:
            while True:
                yield {"stream": "x\n"}
        finally:
            closed.append(True)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    messages = endless()  # held, so that it does not end by going away
    with pytest.raises(KeyboardInterrupt):
        Log(interrupt).follow(messages)
    assert closed == [True]
