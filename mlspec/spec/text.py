"""What text may hold: no control characters, no hidden ones, nothing that CI would replace."""

from __future__ import annotations

import re
from typing import Final

LARGEST_FILE: Final = 2**20

_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff"
)
_IN_FILE: Final = re.compile(f"[{_HIDDEN}]")
_IN_VALUE: Final = re.compile(f"[{_HIDDEN}\r]")
_IN_KEY: Final = re.compile(f"[{_HIDDEN}\t\n\r]")


class TextError(Exception):
    """The file is not text that can be read: position, message and hint."""

    def __init__(self, line: int, col: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.position = (line, col)
        self.message = message
        self.hint = hint


def decode(content: bytes) -> str:
    """A file's text without its byte order mark; TextError where it is too large, not UTF-8 or hides characters."""
    if len(content) > LARGEST_FILE:
        raise TextError(1, 1, "the file is larger than 1 MiB", "a spec is a short text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TextError(line, 1, "the file is not UTF-8 text", "save it as UTF-8") from None
    if found := _IN_FILE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        col = found.start() - text.rfind("\n", 0, found.start())
        raise TextError(line, col, _hidden(found[0]), "remove it")
    return text


def refusal(text: str, *, key: bool = False) -> tuple[str, str] | None:
    """Why text out of a quoted scalar, a key or a value, can't be used: message and hint."""
    if "${{" in text:
        return "`${{` is not allowed in a spec", "CI would replace it; write the value itself"
    if found := (_IN_KEY if key else _IN_VALUE).search(text):
        return _hidden(found[0]), "remove it"
    return None


def _hidden(char: str) -> str:
    return f"the character U+{ord(char):04X} is not allowed in a spec"
