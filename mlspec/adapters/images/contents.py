"""What is installed in an image, read from its files; nothing of the image is run."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import IO, Final

PYTHON: Final = "pypi"
DEBIAN: Final = "deb"

# Copies that a distribution carries inside itself are not installed.
_DISTRIBUTION: Final = re.compile(r"(?!.*/_vendor/).*\.(dist-info/METADATA|egg-info/PKG-INFO)")
_DPKG: Final = re.compile(r"var/lib/dpkg/status(\.d/[^/]+(?<!\.md5sums))?")
_RELEASE: Final = re.compile(r"(etc|usr/lib)/os-release")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One installed package; `kind` is a package URL's type."""

    kind: str
    name: str
    version: str
    architecture: str = ""
    license: str = ""
    """an SPDX expression, where the package states one"""


@dataclass(frozen=True, slots=True)
class Contents:
    """The packages, sorted, each once; `release` is os-release: ID, VERSION_ID and the like."""

    packages: tuple[Package, ...]
    release: Mapping[str, str]


def read(chunks: Iterable[bytes]) -> Contents:
    """The contents of a container's files, exported as a tar in pieces."""
    packages: set[Package] = set()
    release: dict[str, str] = {}
    with tarfile.open(fileobj=io.BufferedReader(_Pieces(chunks), 1 << 20), mode="r|") as tar:
        for member in tar:
            # Hard links and symbolic ones have no bytes here; what they lead to comes by its own name.
            if member.isreg() and (file := _wanted(tar, member)):
                packages.update(_packages(member.name, file))
                release.update(_release(member.name, file))
    return Contents(tuple(sorted(packages)), release)


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _wanted(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    name = member.name
    if not (_DISTRIBUTION.fullmatch(name) or _DPKG.fullmatch(name) or _RELEASE.fullmatch(name)):
        return b""
    file: IO[bytes] | None = tar.extractfile(member)
    return file.read() if file else b""


def _packages(name: str, file: bytes) -> Iterator[Package]:
    if _DISTRIBUTION.fullmatch(name):
        head = _head(file)
        if head["Name"] and head["Version"]:
            spelled = re.sub(r"[-_.]+", "-", head["Name"]).lower()
            yield Package(PYTHON, spelled, head["Version"], license=head["License-Expression"] or "")
    elif _DPKG.fullmatch(name):
        for part in re.split(rb"\n(?:[ \t]*\n)+", file.strip()):
            head = _head(part)
            if (
                head["Package"]
                and head["Version"]
                and (head["Status"] or "install ok installed").endswith(" installed")
            ):
                yield Package(DEBIAN, head["Package"], head["Version"], head["Architecture"] or "")


def _head(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text)


def _release(name: str, file: bytes) -> Mapping[str, str]:
    if not _RELEASE.fullmatch(name):
        return {}
    pairs = (line.partition("=") for line in file.decode("utf-8", "replace").splitlines() if "=" in line)
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
