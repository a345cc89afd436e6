"""Requirements files, read for what they pin: package names and versions, nothing of how they are fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mlspec.domain.digest import bytes_digest, short

OTHER: Final = "other lines"
"""Stands for all lines that pin no version (an address, a range, a lock of another make); no package has this name."""

_PIN: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,]+)\s*(;.*)?")
_COMMENT: Final = re.compile(r"(^|\s)#.*")
_FETCHING: Final = re.compile(r"\s--hash[= ]\S+|^--?(?!e |editable|r |requirement|c |constraint).*")


def packages(text: str) -> dict[str, str]:
    """Normalised name → version; a marker stays with its version, so that two pins of one package both count."""
    found: dict[str, list[str]] = {}
    for line in _lines(text):
        if pin := _PIN.fullmatch(line):
            name, version, marker = pin.groups(default="")
            words = f"{version} {' '.join(marker.split())}".strip()
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(words)
        else:
            found.setdefault(OTHER, []).append(line)
    if others := found.pop(OTHER, []):
        found[OTHER] = [short(bytes_digest("\n".join(others).encode()))]
    return {name: " | ".join(sorted(pins)) for name, pins in sorted(found.items())}


def _lines(text: str) -> Iterator[str]:
    """What is asked for, a line each: without comments, hashes, and options that say where to fetch from."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        bare = _FETCHING.sub("", _COMMENT.sub("", line)).strip()
        if bare:
            yield bare
