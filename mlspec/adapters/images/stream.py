"""The engine's streams of messages, as lines for people: no colours, no progress bars, no layer-by-layer chatter."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any, Final

from mlspec.ports.images import Say

Messages = Generator[Mapping[str, Any]]

KEPT: Final = 20
"""How many last lines an error shows."""

_ESCAPES: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_STEP: Final = re.compile(r"Step \d+/\d+ : ")
_CHATTER: Final = re.compile(r" ---> (Running in )?[0-9a-f]{12}$|Removing intermediate container ")


class Log:
    """What a stream said: its last lines, the step that they belong to, its error, and what it says of the result."""

    def __init__(self, say: Say) -> None:
        self.step = ""
        self.error = ""
        self.aux: dict[str, str] = {}
        self._say = say
        self._tail: deque[str] = deque(maxlen=KEPT)
        self._rest = ""

    @property
    def tail(self) -> tuple[str, ...]:
        """The last step, and its last lines."""
        return (self.step, *self._tail) if self.step else tuple(self._tail)

    def follow(self, messages: Messages) -> Log:
        """Read to the end, saying each line; interrupted, the stream is closed, which stops the engine's work."""
        with closing(messages):
            for message in messages:
                self._take(message)
        self._text("\n")
        return self

    def _take(self, message: Mapping[str, Any]) -> None:
        self.aux.update({str(name): str(value) for name, value in (message.get("aux") or {}).items()})
        self.error = str(message.get("error") or self.error).strip()
        if "stream" in message:
            self._text(str(message["stream"]))
        elif "status" in message and "progressDetail" not in message:
            self._text(f"{message['status']}\n")

    def _text(self, text: str) -> None:
        """Lines may come in pieces."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._line(plain(line))

    def _line(self, line: str) -> None:
        if not line or _CHATTER.match(line):
            return
        self._say(line)
        if _STEP.match(line):
            self.step = line
            self._tail.clear()
        else:
            self._tail.append(line)


def plain(line: str) -> str:
    """A line as a terminal would show it in the end: what a carriage return overwrote is gone, colours too."""
    return _CONTROL.sub("", _ESCAPES.sub("", line).rstrip().rpartition("\r")[2])
