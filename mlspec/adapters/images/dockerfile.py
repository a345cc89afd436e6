"""The FROM lines of a Dockerfile: what is built on, and each reference replaced by its digest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

Find = Callable[[str], str]
"""The digest of an image by its name, `sha256:…`, or nothing."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the last stage is built on; no name where only the build knows it, no digest where nobody told it."""

    name: str = ""
    digest: str = ""


_FROM: Final = re.compile(r"(\s*FROM\s+(?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"(?:#(?!\s*escape)[^\n]*\n)*#\s*escape\s*=\s*(`|\\)", re.IGNORECASE)
_ARG: Final = re.compile(r"\s*ARG\s+(.*)", re.IGNORECASE)


def pin(text: str, find: Find) -> tuple[str, Base]:
    """The same Dockerfile with `name:tag@sha256:…` for each base that `find` knows, and what its last stage is on.

    Left alone: stages by name, `scratch`, what an ARG decides, and what names a digest already.
    """
    stages: dict[str, Base] = {}
    lines, base = [], Base()
    for line, is_instruction in _lines(text):
        match = _FROM.fullmatch(line) if is_instruction else None
        if match is None:
            lines.append(line)
            continue
        known = stages.get(match[2].lower())
        base = known or _base(match[2], find)
        lines.append(line[: match.end(1)] + (match[2] if known else _pinned(match[2], base)) + line[match.end(2) :])
        stages[(match[3] or "").lower()] = base
    return "".join(lines), base


def arguments(text: str) -> set[str]:
    """The names that ARG declares: their values would be written into the image's history."""
    words = (word for line, first in _lines(text) if first and (match := _ARG.match(line)) for word in match[1].split())
    return {word.partition("=")[0] for word in words}


def _base(reference: str, find: Find) -> Base:
    if "$" in reference or reference.lower() == "scratch" or reference.startswith("sha256:"):
        return Base()
    name, _, digest = reference.partition("@")
    if not digest and ":" not in name.rpartition("/")[2]:
        name += ":latest"
    return Base(name, digest or find(name))


def _pinned(reference: str, base: Base) -> str:
    return f"{base.name}@{base.digest}" if base.digest and "@" not in reference else reference


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether an instruction starts there: not so in a comment, or after a line that goes on."""
    directive = _ESCAPE.match(text)
    escape = directive[1] if directive else "\\"
    goes_on = False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        comment = not bare or bare.startswith("#")
        yield line, not (comment or goes_on)
        if not comment:
            goes_on = bare.endswith(escape)
