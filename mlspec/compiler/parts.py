"""What the spec's text says of a model's image: generated files by their content, and which other files go into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.digest import bytes_digest
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines
from mlspec.spec.model import ModelSpec

_GENERATED: Final = ("Dockerfile", "requirements.txt")
_KIND: Final = ReasonKind.SERVING_CHANGED


def parts(spec: ModelSpec, folder: str, generated: Mapping[str, bytes], line: Lines) -> Iterator[Subject]:
    """The generated files of the image by their content, and the word that asks for a new build."""
    for name in _GENERATED:
        if (stamped := generated.get(f"{folder}/{name}")) is not None:
            yield Subject(name, _KIND, bytes_digest(_body(stamped)), line("serving"))
    if spec.serving.image.refresh is not None:
        where = line("serving", "image", "refresh")
        yield Subject("image.refresh", _KIND, spec.serving.image.refresh, where)


def content(spec: ModelSpec, line: Lines) -> Iterator[FileRef]:
    """Files of the repository that go into the image."""
    for index, path in enumerate(spec.serving.deps):
        yield FileRef(path, _KIND, line("serving", "deps", index))
    image = spec.serving.image
    if image.requirements is not None:
        yield FileRef(image.requirements, _KIND, line("serving", "image", "requirements"))
    if image.dockerfile is not None:
        where = line("serving", "image", "dockerfile")
        yield FileRef(image.dockerfile, _KIND, where)
        yield FileRef(image.dockerfile.rpartition("/")[0], _KIND, where)


def _body(stamped: bytes) -> bytes:
    """A generated file without its header, which names the spec's path."""
    return stamped.split(b"\n", 2)[2]
